"""Pass requests that are not for the edge on to the api process, over its Unix socket.

API work happens in another process, so it never stalls a shopper; with that process down these
paths answer 503 and resolution goes on.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpcore2
import orjson
from starlette.types import Receive, Scope, Send

from resolver.request import is_trusted
from resolver.settings import EdgeSettings

_MAX_CONNECTIONS = 64
_TIMEOUTS = {"connect": 2.0, "read": 60.0, "write": 30.0, "pool": 5.0}

# RFC 9110, 7.6.1: these speak of one connection and are never passed on.
_HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
_FORWARDED = frozenset({b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"forwarded"})

_UNAVAILABLE = orjson.dumps(
    {
        "error": {
            "code": "SERVICE_UNAVAILABLE",
            "message": "The API is not available at the moment. Scans are still resolved; try again soon.",
            "status": 503,
            "details": None,
        }
    }
)


class Relay:
    """An ASGI application that is the api process, seen from here."""

    def __init__(self, socket: Path | None, settings: EdgeSettings) -> None:
        self._settings = settings
        self._pool = httpcore2.AsyncConnectionPool(uds=str(socket), max_connections=_MAX_CONNECTIONS)
        self._is_configured = socket is not None

    async def aclose(self) -> None:
        """Close the connections to the api process."""
        await self._pool.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Relay one HTTP request; answers 503 when the api process cannot be reached."""
        has_started = False
        try:
            if not self._is_configured:
                raise httpcore2.ConnectError("no api socket is configured")
            query = scope["query_string"]
            target = scope["raw_path"] + (b"?" + query if query else b"")
            async with self._pool.stream(
                scope["method"],
                httpcore2.URL(scheme=b"http", host=b"api", port=None, target=target),
                headers=self._request_headers(scope),
                content=_body(receive) if _has_body(scope) else None,
                extensions={"timeout": _TIMEOUTS},
            ) as response:
                headers = [(k, v) for k, v in response.headers if k.lower() not in _HOP_BY_HOP]
                await send({"type": "http.response.start", "status": response.status, "headers": headers})
                has_started = True
                async for chunk in response.aiter_stream():
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError):
            if has_started:
                raise  # the client sees a cut answer, as it should
            await _send_unavailable(send)

    def _request_headers(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        client = scope.get("client")
        believes = client is not None and is_trusted(client[0], self._settings)
        dropped = _HOP_BY_HOP | _named_by_connection(scope)
        if not believes:
            dropped |= _FORWARDED
        headers = [(name, value) for name, value in scope["headers"] if name not in dropped]
        if client is not None and not believes:
            headers.append((b"x-forwarded-for", client[0].encode()))
        if any(name == b"transfer-encoding" for name, _ in scope["headers"]):
            headers.append((b"transfer-encoding", b"chunked"))
        return headers


def _named_by_connection(scope: Scope) -> frozenset[bytes]:
    """Return the headers that `Connection` declares to be for this connection alone."""
    values = (value for name, value in scope["headers"] if name == b"connection")
    return frozenset(part.strip().lower() for value in values for part in value.split(b","))


def _has_body(scope: Scope) -> bool:
    return any(name in {b"content-length", b"transfer-encoding"} for name, _ in scope["headers"])


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    has_more = True
    while has_more:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            raise httpcore2.ReadError("the client went away")
        yield message.get("body", b"")
        has_more = message.get("more_body", False)


async def _send_unavailable(send: Send) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(_UNAVAILABLE)).encode()),
        (b"retry-after", b"1"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": _UNAVAILABLE})
