"""The edge as one ASGI callable: identifiers are answered at once, everything else goes its slower way."""

import os
import re
from collections.abc import Callable

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from resolver import answers
from resolver.answers import Answer
from resolver.holder import Holder
from resolver.request import Request, read_request
from resolver.resolve import PAGE_PREFIX, Resolver
from resolver.settings import EdgeSettings

MAX_URI_BYTES = 8192

# EPC binary in a URI (EPCB 1.0.0): `eh` and hexadecimal digits, or `ex` and base64url.
_EPC_BINARY = re.compile(rb"/e(?:h[0-9a-f]+|x[A-Za-z0-9_-]+)/?")

_log = structlog.get_logger()


class Edge:
    """Routes by the raw path: one that begins with a digit is an identifier, and so is an EPC."""

    def __init__(self, settings: EdgeSettings, holder: Holder, resolver: Resolver, cold: ASGIApp) -> None:
        self._settings = settings
        self._root_path = settings.root_path
        self._holder = holder
        self._resolver = resolver
        self._cold = cold
        self.failures = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for an identifier without waiting for anything but *send*."""
        answer_to = self._route(scope) if scope["type"] == "http" else None
        if answer_to is None:
            await self._cold(scope, receive, send)
            return
        status, headers, body = self._answer(scope, answer_to)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _route(self, scope: Scope) -> Callable[[Request], Answer] | None:
        path: bytes = scope["raw_path"]
        if self._root_path:
            if not path.startswith(self._root_path + b"/"):
                return None
            path = path[len(self._root_path) :]
        if path[1:2].isdigit() or _EPC_BINARY.fullmatch(path):
            return self._resolver.answer
        if path.startswith(PAGE_PREFIX) and path[2:3] == b"/" and path[3:4].isdigit():
            return self._resolver.answer_page
        return None

    def _answer(self, scope: Scope, answer_to: Callable[[Request], Answer]) -> Answer:
        if not self._holder.is_loaded:
            return _not_ready()
        if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_URI_BYTES:
            return answers.error(414, "URI_TOO_LONG", f"An identifier takes at most {MAX_URI_BYTES} bytes.")
        request = read_request(scope, self._settings)
        request = request._replace(raw_path=request.raw_path[len(self._root_path) :])
        number = self._holder.number
        try:
            answer = answer_to(request)
        except Exception:  # noqa: BLE001 - the edge of a request: whatever it was, others are answered
            self.failures += 1
            _log.exception("a request failed", path=request.raw_path)
            return answers.error(500, "INTERNAL_ERROR", "Something went wrong on our side.")
        if request.debug == b"table":
            answer.headers.append((b"signpost-table", b"%d" % number))
            answer.headers.append((b"signpost-worker", b"%d" % os.getpid()))
        return answer


def _not_ready() -> Answer:
    answer = answers.error(503, "SERVICE_UNAVAILABLE", "No table is loaded yet. Try again in a second.")
    answer.headers.append((b"retry-after", b"1"))
    return answer
