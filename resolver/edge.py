"""The edge as one ASGI callable: identifiers are answered at once, everything else goes its slower way."""

import os
import re
from collections.abc import Callable
from typing import TypeAlias

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from resolver import answers, refusals
from resolver.answers import Answer
from resolver.description import DESCRIPTION_PATH
from resolver.holder import Holder
from resolver.hosts import Host, Hosts
from resolver.request import Request, read_request
from resolver.resolve import PAGE_PREFIX, Resolver
from resolver.settings import EdgeSettings

MAX_URI_BYTES = 8192

# EPC binary in a URI (EPCB 1.0.0): `eh` and hexadecimal digits, or `ex` and base64url.
_EPC_BINARY = re.compile(rb"/e(?:h[0-9a-f]+|x[A-Za-z0-9_-]+)/?")

AnswerTo: TypeAlias = Callable[[Request, Host], Answer]

_log = structlog.get_logger()


class Edge:
    """Routes by the raw path: one that begins with a digit is an identifier, and so is an EPC.

    The cold routes find the host of a request in its scope. A host that an organization has bound
    answers identifiers and describes itself; nothing else of this service is reached there.
    """

    def __init__(self, settings: EdgeSettings, holder: Holder, resolver: Resolver, cold: ASGIApp) -> None:
        self._settings = settings
        self._holder = holder
        self._hosts = Hosts(holder, settings)
        self._resolver = resolver
        self._cold = cold
        self.failures = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for an identifier without waiting for anything but *send*."""
        answer = self._answer(scope) if scope["type"] == "http" else None
        if answer is None:
            await self._cold(scope, receive, send)
            return
        status, headers, body = answer
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _answer(self, scope: Scope) -> Answer | None:
        """Return the answer to a request, or None when it is for the cold routes."""
        request = read_request(scope, self._settings)
        number = self._holder.number
        try:
            host = scope["host"] = self._hosts.host_of(request)
            answer = self._answer_at(host, request)
        except Exception:  # noqa: BLE001 - the edge of a request: whatever it was, others are answered
            self.failures += 1
            _log.exception("a request failed", path=request.raw_path)
            return answers.error(500, "INTERNAL_ERROR", "Something went wrong on our side.")
        if answer is not None and request.debug == b"table":
            answer.headers.append((b"signpost-table", b"%d" % number))
            answer.headers.append((b"signpost-worker", b"%d" % os.getpid()))
        return answer

    def _answer_at(self, host: Host, request: Request) -> Answer | None:
        path = request.raw_path
        is_below_root = path.startswith(host.root_path + b"/")
        if host.root_path and is_below_root:
            request = request._replace(raw_path=path[len(host.root_path) :])
        answer_to = self._route(request.raw_path) if is_below_root else None
        if answer_to is None:
            is_elsewhere = host.organization_id is None or path == DESCRIPTION_PATH
            return None if is_elsewhere else refusals.nothing_here(request)
        if not self._holder.is_loaded:
            return _not_ready()
        if len(path) + len(request.raw_query) > MAX_URI_BYTES:
            return answers.error(414, "URI_TOO_LONG", f"An identifier takes at most {MAX_URI_BYTES} bytes.")
        return answer_to(request, host)

    def _route(self, path: bytes) -> AnswerTo | None:
        if path[1:2].isdigit() or _EPC_BINARY.fullmatch(path):
            return self._resolver.answer
        if path.startswith(PAGE_PREFIX) and path[2:3] == b"/" and path[3:4].isdigit():
            return self._resolver.answer_page
        return None


def _not_ready() -> Answer:
    answer = answers.error(503, "SERVICE_UNAVAILABLE", "No table is loaded yet. Try again in a second.")
    answer.headers.append((b"retry-after", b"1"))
    return answer
