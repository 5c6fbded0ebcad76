"""Pass requests that are not for the edge on to the api process, over its Unix socket.

API work happens in another process, so it never stalls a shopper; with that process down these
paths answer 503 and resolution goes on.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpcore2
from starlette.types import Receive, Scope, Send

from resolver.patience import has_body, send_refusal
from resolver.request import is_trusted
from resolver.settings import EdgeSettings

_MAX_CONNECTIONS = 64
_TIMEOUTS = {"connect": 2.0, "read": 60.0, "write": 30.0, "pool": 5.0}
# Shorter than the api process keeps an idle connection, so that no request meets its end.
_IDLE_S = 5.0

# RFC 9110, 7.6.1: these speak of one connection and are never passed on.
_HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
_FORWARDED = frozenset({b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"forwarded"})

_UNAVAILABLE = "The API is not available at the moment. Scans are still resolved; try again soon."
_NO_HTTP = "The head of the request breaks the rules of HTTP, as one with two Host headers does."
_CUT = "The body breaks off."
_NO_PATH = "The target of a request is a path, which begins with a slash."


class _BodyCutError(Exception):
    """The client went away, or sends something else than it said."""


class Relay:
    """An ASGI application that is the api process, seen from here."""

    def __init__(self, socket: Path | None, settings: EdgeSettings) -> None:
        self._settings = settings
        self._pool = httpcore2.AsyncConnectionPool(
            uds=str(socket), max_connections=_MAX_CONNECTIONS, keepalive_expiry=_IDLE_S
        )
        self._is_configured = socket is not None

    async def aclose(self) -> None:
        """Close the connections to the api process."""
        await self._pool.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Relay one HTTP request; answers 503 when the api process cannot be reached."""
        if not scope["raw_path"].startswith(b"/"):  # of CONNECT, which asks for a tunnel, or `*`
            await send_refusal(send, 400, "BAD_REQUEST", _NO_PATH)
            return
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
                content=_body(receive) if has_body(scope) else None,
                extensions={"timeout": _TIMEOUTS},
            ) as response:
                headers = [(k, v) for k, v in response.headers if k.lower() not in _HOP_BY_HOP]
                await send({"type": "http.response.start", "status": response.status, "headers": headers})
                has_started = True
                async for chunk in response.aiter_stream():
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
        except httpcore2.LocalProtocolError:  # two hosts, for one: whoever reads it might take either
            if has_started:
                raise
            await send_refusal(send, 400, "BAD_REQUEST", _NO_HTTP)
        except _BodyCutError:
            await send_refusal(send, 400, "BAD_REQUEST", _CUT)
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError):
            if has_started:
                raise  # the client sees a cut answer, as it should
            await send_refusal(send, 503, "SERVICE_UNAVAILABLE", _UNAVAILABLE)

    def _request_headers(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        client = scope.get("client")
        believes = client is not None and is_trusted(client[0], self._settings)
        dropped = _HOP_BY_HOP | _named_by_connection(scope)
        if not believes:
            dropped |= _FORWARDED
        is_chunked = any(name == b"transfer-encoding" for name, _ in scope["headers"])
        if is_chunked:  # a length beside it is how one request is smuggled inside another
            dropped |= {b"content-length"}
        headers = [(name, value) for name, value in scope["headers"] if name not in dropped]
        if client is not None and not believes:
            headers.append((b"x-forwarded-for", client[0].encode()))
        if is_chunked:
            headers.append((b"transfer-encoding", b"chunked"))
        return headers


def _named_by_connection(scope: Scope) -> frozenset[bytes]:
    """Return the headers that `Connection` declares to be for this connection alone."""
    values = (value for name, value in scope["headers"] if name == b"connection")
    return frozenset(part.strip().lower() for value in values for part in value.split(b","))


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    has_more = True
    while has_more:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            raise _BodyCutError
        yield message.get("body", b"")
        has_more = message.get("more_body", False)
