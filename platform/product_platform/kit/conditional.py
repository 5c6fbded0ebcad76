"""Conditional requests on every object of the API (RFC 9110, 13), without a line in its endpoints.

What GET shows has an entity tag, made from the body. A PATCH, PUT or DELETE of the same path that
brings it as `If-Match` changes nothing when GET would now show something else. Endpoints that
compare something else, such as the version of a rule set, take a `ConditionalDep` and do it themselves.
"""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from product_platform.kit.bodies import read_body, replay_body
from product_platform.kit.operations import OPERATION, Operation, find_operation
from product_platform.kit.preconditions import Conditional, PreconditionFailedError, names, names_weakly
from product_platform.kit.transactions import TRANSACTION, RequestTransaction

_CHANGING: Final = frozenset({"PUT", "PATCH", "DELETE"})
_OK: Final = 200
# Whoever keeps an answer to a key asks before using it again, and shows it to nobody else.
_OWN: Final = "private, no-cache"
# Of a 304 other headers would speak of a body that is not there.
_OF_A_BODY: Final = frozenset({b"content-length", b"content-type"})


@dataclass(slots=True)
class _Shown:
    """What GET shows at this moment."""

    status: int = 0
    etag: str | None = None
    body: bytearray = field(default_factory=bytearray)

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.etag = Headers(raw=message["headers"]).get("etag")
        else:
            self.body += message.get("body", b"")

    def read_etag(self) -> str:
        return self.etag or _to_etag(bytes(self.body))


class ConditionalMiddleware:
    """Tag what is shown, answer 304 to who has it already and 412 to who has read something else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        operation = find_operation(scope)
        if operation is None or scope["type"] != "http":
            await self._app(scope, receive, send)
        elif operation.method == "GET":
            await self._app(scope, receive, _Tagged(scope, send).send)
        elif operation.method in _CHANGING and operation.reader and not operation.depends_on(Conditional):
            await self._change(scope, receive, send, operation.reader)
        else:
            await self._app(scope, receive, send)

    async def _change(self, scope: Scope, receive: Receive, send: Send, reader: Operation) -> None:
        # The lock holds a connection, which is not to wait for a body that comes slowly.
        body = await read_body(receive)
        transaction: RequestTransaction = scope[TRANSACTION]
        connection = await transaction.begin()
        # INVARIANT: writes at one path come one after the other, so that nothing changes between the
        # comparison and the write.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 1))", scope["path"])
        if_match = Headers(scope=scope).get("if-match")
        if if_match is not None:
            await self._require(scope, reader, if_match)
        has_same_form = scope[OPERATION].response_model is reader.response_model
        tagged = _Tagged(scope, send).send if has_same_form else send
        await self._app(scope, replay_body(body, receive), tagged)

    async def _require(self, scope: Scope, reader: Operation, if_match: str) -> None:
        """Raise PreconditionFailedError when GET shows something else than was read.

        What GET refuses the write will refuse by itself.
        """
        shown = _Shown()
        reading = {**scope, "method": "GET", OPERATION: reader}
        await self._app(reading, _receive_nothing, shown.take)
        if shown.status == _OK and not names(if_match, etag := shown.read_etag()):
            raise PreconditionFailedError(etag)


class _Tagged:
    """Sends an answer with its entity tag; the one that the caller has already, without its body."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._send = send
        self._is_get = scope[OPERATION].method == "GET"
        self._is_own = scope.get("principal") is not None
        self._known = Headers(scope=scope).get("if-none-match")
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == _OK:
            self._start = message  # until there is something to make the tag from
            return
        start, self._start = self._start, None
        if start is None:
            await self._send(message)
            return
        headers = MutableHeaders(raw=list(start["headers"]))
        self._complete(headers, message)
        etag, known = headers.get("etag"), self._known
        is_known = self._is_get and etag is not None and known is not None and names_weakly(known, etag)
        if is_known:
            raw = [(name, value) for name, value in headers.raw if name not in _OF_A_BODY]
            await self._send({**start, "status": 304, "headers": raw})
            await self._send({"type": "http.response.body", "body": b""})
        else:
            await self._send({**start, "headers": headers.raw})
            await self._send(message)

    def _complete(self, headers: MutableHeaders, message: Message) -> None:
        is_whole = not message.get("more_body", False)
        if is_whole and headers.get("content-type", "").startswith("application/json"):
            headers.setdefault("etag", _to_etag(message.get("body", b"")))
        if self._is_own and self._is_get:
            headers.setdefault("cache-control", _OWN)


async def _receive_nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


def _to_etag(body: bytes) -> str:
    return f'"{blake2b(body, digest_size=12).hexdigest()}"'
