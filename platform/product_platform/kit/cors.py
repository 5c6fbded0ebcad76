"""Scripts of any web page may call what needs no secret: answers that say so to browsers.

Credentials are never allowed along: a publishable key travels in its own header.
"""

from starlette.responses import Response
from starlette.types import Message, Send

_ORIGIN = (b"access-control-allow-origin", b"*")
_EXPOSED = (
    b"access-control-expose-headers",
    b"ETag, RateLimit-Limit, RateLimit-Policy, RateLimit-Remaining, RateLimit-Reset, Retry-After",
)
_ASKED_WITH = (
    "Accept, Accept-Language, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-API-Key, X-Request-ID"
)
_KNOWN_FOR_S = "86400"


def open_to_browsers(send: Send) -> Send:
    """Return *send* with the headers that let a script read the answer."""

    async def send_open(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], _ORIGIN, _EXPOSED]}
        await send(message)

    return send_open


def answer_preflight(allowed: str) -> Response:
    """Return the answer to a browser that asks before it sends one of the methods *allowed*."""
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": allowed,
        "Access-Control-Allow-Headers": _ASKED_WITH,
        "Access-Control-Max-Age": _KNOWN_FOR_S,
    }
    return Response(status_code=204, headers=headers)
