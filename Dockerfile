# One image for every role: `up` for a trial, and edge, api, worker or migrate beside real servers.
FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv /opt/signpost
COPY requirements/run.lock requirements/
RUN /opt/signpost/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements/run.lock
COPY . .
RUN /opt/signpost/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13-slim
COPY --from=build /opt/signpost /opt/signpost
RUN useradd --system --create-home --home-dir /var/lib/signpost signpost
USER signpost
ENV PATH=/opt/signpost/bin:$PATH \
    SIGNPOST_DATA_DIR=/var/lib/signpost \
    SIGNPOST_HOST=0.0.0.0
VOLUME /var/lib/signpost
EXPOSE 8000
ENTRYPOINT ["signpost"]
CMD ["up"]
