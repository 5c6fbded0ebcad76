"""Entity tags and `If-Match`: a write that was made from an old reading changes nothing (RFC 9110, 13)."""

from hashlib import blake2b
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header, Response

from product_platform.kit.errors import ApiError


class PreconditionFailedError(ApiError):
    """What the request would change is not what its author has read."""

    status = 412
    code = "PRECONDITION_FAILED"

    def __init__(self, etag: str) -> None:
        super().__init__(
            f"It has changed since you read it: its ETag is now {etag}. Read it again, then decide."
        )


def to_etag(content: Any) -> str:
    """Return the strong entity tag of *content*, as JSON."""
    digest = blake2b(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()
    return f'"{digest}"'


class Conditional:
    """The entity tags of one request: the one it insists on, and the one of its answer."""

    def __init__(
        self,
        response: Response,
        if_match: Annotated[
            str | None, Header(description="The ETag of what the request is about, as it was read.")
        ] = None,
    ) -> None:
        self._response = response
        self._if_match = if_match

    def require(self, etag: str) -> None:
        """Raise PreconditionFailedError when the request insists on another entity tag than *etag*."""
        if self._if_match is None or self._if_match.strip() == "*":
            return
        if etag not in {one.strip() for one in self._if_match.split(",")}:
            raise PreconditionFailedError(etag)

    def tag(self, etag: str) -> None:
        """Let the answer carry *etag*."""
        self._response.headers["etag"] = etag


ConditionalDep = Annotated[Conditional, Depends()]
