"""A slow body keeps nobody waiting but its own client, and not for ever."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from resolver.patience import AWAITED_BYTES, Patience

DEADLINE_S = 20.0
DISCONNECT = {"type": "http.disconnect"}


class App:
    """Reads a body whole, and answers how long it was."""

    def __init__(self) -> None:
        self.calls = 0
        self.messages: list[dict[str, Any]] = []

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        self.calls += 1
        while True:
            self.messages.append(await receive())
            if not self.messages[-1].get("more_body", False):
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)


class Client:
    """Sends *parts* of a body as they are asked for, then keeps silent."""

    def __init__(self, *parts: bytes, is_whole: bool) -> None:
        self.parts = list(parts)
        self._is_whole = is_whole

    async def receive(self) -> Any:
        if not self.parts:
            await asyncio.Event().wait()
        part = self.parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(self.parts) or not self._is_whole}


async def ask(
    app: App, receive: Callable[[], Any], *headers: tuple[bytes, bytes], **limits: float
) -> tuple[int, list[Any], bytes]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": list(headers) or [(b"transfer-encoding", b"chunked")]}
    async with asyncio.timeout(DEADLINE_S):
        await Patience(app, **limits)(scope, receive, send)
    return sent[0]["status"], sent[0]["headers"], sent[1]["body"]


def code_of(body: bytes) -> str:
    code: str = orjson.loads(body)["error"]["code"]
    return code


async def receive_nothing() -> Any:
    raise AssertionError("a request without a body has nothing to receive")


class TestPatience:
    async def test_a_body_comes_as_one(self) -> None:
        app = App()
        assert (await ask(app, Client(b"one ", b"two", is_whole=True).receive))[0] == 200
        assert [message["body"] for message in app.messages] == [b"one two"]

    async def test_a_large_body_goes_on_before_it_is_whole(self) -> None:
        app, part = App(), bytes(AWAITED_BYTES // 2)
        client = Client(part, part, part, b"end", is_whole=True)
        assert (await ask(app, client.receive))[0] == 200
        assert len(app.body) == 3 * len(part) + 3
        assert len(app.messages) == 3

    @pytest.mark.parametrize("parts", [(), (b"half",)])
    async def test_a_client_who_keeps_silent_is_refused_before_anybody_works(
        self, parts: tuple[bytes, ...]
    ) -> None:
        app = App()
        status, headers, body = await ask(app, Client(*parts, is_whole=False).receive, silence_s=0.01)
        assert (status, code_of(body), app.calls) == (408, "REQUEST_TIMEOUT", 0)
        assert (b"connection", b"close") in headers

    async def test_so_is_one_who_drips(self) -> None:
        async def drip() -> Any:
            await asyncio.sleep(0)
            return {"type": "http.request", "body": b"x", "more_body": True}

        app = App()
        status, _, body = await ask(app, drip, whole_s=0.05)
        assert (status, code_of(body), app.calls) == (408, "REQUEST_TIMEOUT", 0)

    async def test_one_who_stops_later_has_gone(self) -> None:
        app = App()
        await ask(app, Client(bytes(AWAITED_BYTES), b"more", is_whole=False).receive, silence_s=0.01)
        assert app.messages[-1] == DISCONNECT

    async def test_a_body_that_breaks_off(self) -> None:
        async def break_off() -> Any:
            return DISCONNECT

        app = App()
        status, _, body = await ask(app, break_off)
        assert (status, code_of(body), app.calls) == (400, "BAD_REQUEST", 0)

    async def test_a_request_without_a_body_is_not_waited_for(self) -> None:
        class Reader(App):
            async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
                await send({"type": "http.response.start", "status": 204, "headers": []})
                await send({"type": "http.response.body", "body": b""})

        assert (await ask(Reader(), receive_nothing, (b"accept", b"*/*")))[0] == 204

    async def test_who_has_sent_all_may_wait_for_the_answer(self) -> None:
        class Slow(App):
            async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
                await receive()
                with pytest.raises(TimeoutError):  # ours: that of Patience counts no more
                    async with asyncio.timeout(0.05):
                        await receive()
                await super().__call__(scope, Client(b"", is_whole=True).receive, send)

        app = Slow()
        assert (await ask(app, Client(b"all", is_whole=True).receive, silence_s=0.01))[0] == 200
