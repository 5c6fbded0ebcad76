"""Bodies of requests that are read before their endpoint reads them."""

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

_CLIENT_CLOSED = 400


async def read_body(receive: Receive) -> bytes:
    """Return the whole body; raises HTTPException when it is too large or the client goes away."""
    body = bytearray()
    has_more = True
    while has_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HTTPException(_CLIENT_CLOSED)
        body += message.get("body", b"")
        has_more = message.get("more_body", False)
    return bytes(body)


def replay_body(body: bytes, receive: Receive) -> Receive:
    """Return what gives *body* to the next reader, and then goes on as *receive* does."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return pending.pop() if pending else await receive()

    return receive_again
