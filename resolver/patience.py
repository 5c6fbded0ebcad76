"""How long a client may take to send a body: one that drips keeps nobody else from being served."""

import asyncio
from http import HTTPStatus
from typing import Final

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

AWAITED_BYTES: Final = 1 << 20
"""So much of a body is awaited before anybody works on the request."""

WHOLE_S: Final = 30.0
"""How long that may take, in seconds."""

SILENCE_S: Final = 10.0
"""How long a client may keep silent in the middle of a body, in seconds."""

_TOO_SLOW = f"The body did not come in within {WHOLE_S:.0f} seconds. Send it faster, or in parts."
_CUT = "The body breaks off."


class Patience:
    """An ASGI application in front of *app*, which begins when the body, or its first MiB, is here.

    So a slow client holds its own connection and none of those, to the database or to another
    process, that *app* shares among all. One that is too slow is answered 408.
    """

    def __init__(self, app: ASGIApp, *, whole_s: float = WHOLE_S, silence_s: float = SILENCE_S) -> None:
        self._app = app
        self._whole_s = whole_s
        self._silence_s = silence_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not has_body(scope):
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._whole_s):
                first = await self._receive_first(receive)
        except TimeoutError:
            await send_refusal(send, 408, "REQUEST_TIMEOUT", _TOO_SLOW)
            return
        if first["type"] == "http.disconnect":  # the client has gone, or its body is none of HTTP
            await send_refusal(send, 400, "BAD_REQUEST", _CUT)
            return
        pending: Message | None = first

        async def receive_rest() -> Message:
            nonlocal pending, first
            if pending is not None:
                message, pending = pending, None
                return message
            if not first.get("more_body", False):
                return await receive()  # nothing but that the client has gone
            try:
                first = await self._receive_part(receive)
            except TimeoutError:
                first = {"type": "http.disconnect"}
            return first

        await self._app(scope, receive_rest, send)

    async def _receive_first(self, receive: Receive) -> Message:
        """Return what comes first as one message."""
        parts, size_bytes, has_more = [], 0, True
        while has_more and size_bytes < AWAITED_BYTES:
            message = await self._receive_part(receive)
            if message["type"] == "http.disconnect":
                return message
            parts.append(message.get("body", b""))
            size_bytes += len(parts[-1])
            has_more = message.get("more_body", False)
        return {"type": "http.request", "body": b"".join(parts), "more_body": has_more}

    async def _receive_part(self, receive: Receive) -> Message:
        async with asyncio.timeout(self._silence_s):
            return await receive()


def has_body(scope: Scope) -> bool:
    """Return whether a request announces a body."""
    return any(name in {b"content-length", b"transfer-encoding"} for name, _ in scope["headers"])


async def send_refusal(send: Send, status: int, code: str, message: str) -> None:
    """Send a refusal that no application is asked about, in the envelope of all of them."""
    envelope = {"error": {"code": code, "message": message, "status": status, "details": None}}
    body = orjson.dumps(envelope)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append((b"retry-after", b"1"))
    if status == HTTPStatus.REQUEST_TIMEOUT:  # what is left of the body would be read as a request
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
