"""What goes to the api process and what comes back, byte for byte, over a real socket."""

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpcore2
import orjson
import pytest

from resolver.relay import Relay
from resolver.settings import EdgeSettings

CLIENT = "192.0.2.1"
PROXY = "10.0.0.7"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
HALF = bytes(2_000_000)
DEADLINE_S = 20.0


@dataclass
class Received:
    """A request as the api process got it."""

    line: str
    headers: list[tuple[str, str]]
    reader: asyncio.StreamReader
    body: bytes = b""

    def values(self, wanted: str) -> list[str]:
        return [value for name, value in self.headers if name == wanted]


Script = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]


async def answer_ok(_request: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(OK)


async def read_chunks(request: Received, writer: asyncio.StreamWriter) -> None:
    while size := int((await request.reader.readuntil(b"\r\n")).strip(), 16):
        request.body += await request.reader.readexactly(size)
        await request.reader.readexactly(2)
    await request.reader.readexactly(2)
    writer.write(OK)


@dataclass
class Upstream:
    """Stands in for the api process: keeps what it was asked, and answers as its script says."""

    path: Path
    script: Script = answer_ok
    received: list[Received] = field(default_factory=list)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[None]:
        server = await asyncio.start_unix_server(self._converse, self.path)
        try:
            yield
        finally:
            server.close()
            self.path.unlink(missing_ok=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while not reader.at_eof():
                line, *rest = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
                pairs = [header.partition(": ") for header in rest]
                request = Received(line, [(name.lower(), value) for name, _, value in pairs], reader)
                self.received.append(request)
                for length in request.values("content-length"):
                    request.body = await reader.readexactly(int(length))
                await self.script(request, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@dataclass
class Reply:
    """What the relay sends to the client."""

    messages: list[Any] = field(default_factory=list)
    has_body: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: Any) -> None:
        self.messages.append(message)
        if message.get("body"):
            self.has_body.set()

    @property
    def status(self) -> int:
        status: int = self.messages[0]["status"]
        return status

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        headers: list[tuple[bytes, bytes]] = self.messages[0]["headers"]
        return headers

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.messages[1:])

    @property
    def is_whole(self) -> bool:
        return not self.messages[-1].get("more_body", False)


def body_of(*chunks: bytes) -> Callable[[], Awaitable[Any]]:
    rest = list(chunks)

    async def receive() -> Any:
        chunk = rest.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(rest)}

    return receive


async def receive_nothing() -> Any:
    raise AssertionError("a request without a body has nothing to receive")


def make_scope(
    method: str = "GET", target: bytes = b"/", *, client: str = CLIENT, **headers: str
) -> dict[str, Any]:
    path, _, query = target.partition(b"?")
    return {
        "type": "http",
        "method": method,
        "raw_path": path,
        "query_string": query,
        "client": (client, 50_000),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }


@pytest.fixture
def socket_path() -> Iterator[Path]:
    # The path of a socket has to be short, which pytest's own folders are not.
    with tempfile.TemporaryDirectory(prefix="signpost-") as folder:
        yield Path(folder) / "api.sock"


@pytest.fixture
async def relay(socket_path: Path) -> AsyncIterator[Relay]:
    relay = Relay(socket_path, EdgeSettings(trusted_proxies="10.0.0.0/8"))
    yield relay
    await relay.aclose()


@pytest.fixture
async def upstream(socket_path: Path) -> AsyncIterator[Upstream]:
    upstream = Upstream(socket_path)
    async with upstream.serve():
        yield upstream


async def ask(
    relay: Relay, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]] = receive_nothing
) -> Reply:
    reply = Reply()
    async with asyncio.timeout(DEADLINE_S):
        await relay(scope, receive, reply.send)
    return reply


def assert_unavailable(reply: Reply) -> None:
    error = orjson.loads(reply.body)["error"]
    assert (reply.status, error["status"], error["code"]) == (503, 503, "SERVICE_UNAVAILABLE")
    assert (b"retry-after", b"1") in reply.headers


def assert_refused(reply: Reply) -> None:
    error = orjson.loads(reply.body)["error"]
    assert (reply.status, error["status"], error["code"]) == (400, 400, "BAD_REQUEST")


class TestRequest:
    @pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
    async def test_its_method_goes_on(self, relay: Relay, upstream: Upstream, method: str) -> None:
        assert (await ask(relay, make_scope(method, b"/a"))).status == 200
        assert upstream.received[0].line == f"{method} /a HTTP/1.1"

    @pytest.mark.parametrize(
        "target", ["/lots/A%2FB/%C3%A9", "/a?q=a+b&q=%20%26&&empty=", "/a%3Fb?c?d", "//double/../dots"]
    )
    async def test_its_path_and_query_go_on_raw(self, relay: Relay, upstream: Upstream, target: str) -> None:
        await ask(relay, make_scope(target=target.encode()))
        assert upstream.received[0].line == f"GET {target} HTTP/1.1"

    async def test_its_body_goes_on(self, relay: Relay, upstream: Upstream) -> None:
        scope = make_scope("POST", content_length="6", content_type="text/plain")
        await ask(relay, scope, body_of(b"abc", b"", b"def"))
        assert upstream.received[0].body == b"abcdef"
        assert upstream.received[0].values("content-type") == ["text/plain"]

    async def test_a_body_of_unknown_length_goes_on_in_chunks(self, relay: Relay, upstream: Upstream) -> None:
        upstream.script = read_chunks
        await ask(relay, make_scope("POST", transfer_encoding="chunked"), body_of(b"abc", b"def"))
        assert upstream.received[0].body == b"abcdef"

    async def test_headers_of_one_connection_stay_behind(self, relay: Relay, upstream: Upstream) -> None:
        await ask(relay, make_scope(host="a.b", connection="keep-alive", keep_alive="5", te="x", upgrade="y"))
        assert upstream.received[0].headers == [("host", "a.b"), ("x-forwarded-for", CLIENT)]

    async def test_a_stranger_cannot_say_where_it_comes_from(self, relay: Relay, upstream: Upstream) -> None:
        told = {"x_forwarded_for": "6.6.6.6", "x_forwarded_proto": "https", "x_forwarded_host": "evil"}
        await ask(relay, make_scope(**told, forwarded="for=6.6.6.6", host="id.example"))
        assert upstream.received[0].headers == [("host", "id.example"), ("x-forwarded-for", CLIENT)]

    async def test_a_trusted_proxy_can(self, relay: Relay, upstream: Upstream) -> None:
        told = {"x_forwarded_for": "198.51.100.4", "x_forwarded_proto": "https"}
        await ask(relay, make_scope(client=PROXY, host="id.example", **told))
        assert upstream.received[0].headers == [
            ("host", "id.example"),
            ("x-forwarded-for", "198.51.100.4"),
            ("x-forwarded-proto", "https"),
        ]


class TestSmuggling:
    """What two servers might read differently never comes to the second."""

    async def test_of_chunks_and_a_length_only_the_chunks_go_on(
        self, relay: Relay, upstream: Upstream
    ) -> None:
        upstream.script = read_chunks
        scope = make_scope("POST", content_length="5", transfer_encoding="chunked")
        assert (await ask(relay, scope, body_of(b"GET /x HTTP/1.1"))).status == 200
        (received,) = upstream.received
        assert received.values("content-length") == []
        assert received.body == b"GET /x HTTP/1.1"

    async def test_two_hosts_are_refused(self, relay: Relay, upstream: Upstream) -> None:
        scope = make_scope() | {"headers": [(b"host", b"a.example"), (b"host", b"b.example")]}
        assert_refused(await ask(relay, scope))
        assert upstream.received == []

    @pytest.mark.parametrize("raw_path", [b"", b"*", b"evil.example:443", b"http://evil.example/"])
    async def test_what_is_no_path_is_refused(
        self, relay: Relay, upstream: Upstream, raw_path: bytes
    ) -> None:
        assert_refused(await ask(relay, make_scope("CONNECT") | {"raw_path": raw_path}))
        assert upstream.received == []

    async def test_a_body_that_breaks_off_is_refused(self, relay: Relay, upstream: Upstream) -> None:
        async def break_off() -> Any:
            return {"type": "http.disconnect"}

        assert_refused(await ask(relay, make_scope("POST", transfer_encoding="chunked"), break_off))


class TestAnswer:
    async def test_status_headers_and_body_come_back(self, relay: Relay, upstream: Upstream) -> None:
        async def answer(_request: Received, writer: asyncio.StreamWriter) -> None:
            head = b"HTTP/1.1 418 Teapot\r\nset-cookie: a=1\r\nset-cookie: b=2\r\nkeep-alive: timeout=5\r\n"
            writer.write(head + b"content-length: 3\r\n\r\ntea")

        upstream.script = answer
        reply = await ask(relay, make_scope())
        assert (reply.status, reply.body, reply.is_whole) == (418, b"tea", True)
        assert reply.headers == [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"content-length", b"3")]

    async def test_the_length_of_an_answer_to_head_comes_back(self, relay: Relay, upstream: Upstream) -> None:
        async def answer(_request: Received, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n")

        upstream.script = answer
        reply = await ask(relay, make_scope("HEAD"))
        assert (reply.headers, reply.body) == ([(b"content-length", b"5000")], b"")

    async def test_one_connection_serves_many_requests(self, relay: Relay, upstream: Upstream) -> None:
        for _ in range(3):
            assert (await ask(relay, make_scope())).body == b"ok"
        assert len({id(request.reader) for request in upstream.received}) == 1


class TestStreaming:
    async def test_a_large_body_goes_on_before_it_is_whole(self, relay: Relay, socket_path: Path) -> None:
        has_half = asyncio.Event()
        halves = [HALF, HALF]

        async def receive() -> Any:
            if len(halves) == 1:
                await has_half.wait()
            return {"type": "http.request", "body": halves.pop(), "more_body": bool(halves)}

        async def read_halves(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            for _ in range(2):
                await reader.readexactly(len(HALF))
                has_half.set()
            writer.write(OK)
            writer.close()

        async with await asyncio.start_unix_server(read_halves, socket_path):
            reply = await ask(relay, make_scope("PUT", content_length=str(2 * len(HALF))), receive)
        assert reply.body == b"ok"

    async def test_a_large_answer_comes_back_before_it_is_whole(
        self, relay: Relay, upstream: Upstream
    ) -> None:
        reply = Reply()

        async def answer(_request: Received, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (2 * len(HALF)) + HALF)
            await reply.has_body.wait()
            writer.write(HALF)

        upstream.script = answer
        async with asyncio.timeout(DEADLINE_S):
            await relay(make_scope(), receive_nothing, reply.send)
        assert reply.body == HALF + HALF


class TestTrouble:
    async def test_nobody_at_the_socket(self, relay: Relay) -> None:
        assert_unavailable(await ask(relay, make_scope()))

    async def test_a_socket_that_was_left_behind(self, relay: Relay, socket_path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as left_behind:
            left_behind.bind(str(socket_path))
        assert_unavailable(await ask(relay, make_scope()))

    async def test_no_socket_is_configured(self) -> None:
        relay = Relay(None, EdgeSettings())
        assert_unavailable(await ask(relay, make_scope()))
        await relay.aclose()

    async def test_a_process_that_dies_before_its_answer(self, relay: Relay, upstream: Upstream) -> None:
        async def die(_request: Received, writer: asyncio.StreamWriter) -> None:
            writer.close()

        upstream.script = die
        assert_unavailable(await ask(relay, make_scope("POST", content_length="1"), body_of(b"x")))

    async def test_a_process_that_dies_in_its_answer_cuts_it(self, relay: Relay, upstream: Upstream) -> None:
        async def die(_request: Received, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
            writer.close()

        upstream.script = die
        reply = Reply()
        with pytest.raises(httpcore2.RemoteProtocolError):
            await relay(make_scope(), receive_nothing, reply.send)
        assert not reply.is_whole

    async def test_a_process_that_was_started_again_is_found(self, relay: Relay, socket_path: Path) -> None:
        async def answer_and_close(_request: Received, writer: asyncio.StreamWriter) -> None:
            writer.write(OK)
            writer.close()

        for script in (answer_and_close, answer_ok):
            async with Upstream(socket_path, script).serve():
                assert (await ask(relay, make_scope("POST", content_length="0"), body_of(b""))).status == 200

    async def test_a_client_that_goes_away_takes_its_request_with_it(
        self, relay: Relay, upstream: Upstream
    ) -> None:
        messages = [
            {"type": "http.request", "body": b"half", "more_body": True},
            {"type": "http.disconnect"},
        ]

        async def receive() -> Any:
            return messages.pop(0)

        await ask(relay, make_scope("POST", content_length="100"), receive)
        assert (await ask(relay, make_scope())).status == 200
        cut, following = upstream.received
        assert (cut.body, following.line) == (b"", "GET / HTTP/1.1")
