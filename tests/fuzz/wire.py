"""Send hostile bytes over sockets to a running edge, and see that it answers all others."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable

from tests.fuzz.grammar import Hostile, Mutator

_CONNECTIONS = 32
_DEADLINE_S = 20.0
# A request that is not whole is never answered: nobody waits longer for an answer that may not come.
_PATIENCE_S = 0.25
_ANSWER_BYTES = 65_536
_API_PATHS = (
    b"/account/api/v1/whoami",
    b"/products/api/v1/products/09520000100018?page=x",
    b"/resolver/api/v1/organizations/x/resolution-rules",
    b"/.well-known/api-catalog",
    b"/brands/api/v1/openapi.json",
    b"/nothing/here",
)
_FRAMES = (
    b"content-length: 5",
    b"content-length: 0",
    b"content-length: 99999999999999999999",
    b"content-length: -1",
    b"content-length: 5\r\ncontent-length: 6",
    b"content-length : 5",
    b"content-length: 5\r\ntransfer-encoding: chunked",
    b"transfer-encoding: chunked",
    b"transfer-encoding: identity",
    b"transfer-encoding: chunked\r\ntransfer-encoding: identity",
    b"transfer-encoding:\x0bchunked",
    b"expect: 100-continue\r\ncontent-length: 2",
    b"connection: upgrade\r\nupgrade: h2c",
    b"connection: host, x-api-key",
    b"te: trailers",
    b"trailer: content-length",
    b" folded: yes",
    b"x: \xff\x80\x7f",
    b"x: a\x00b",
    b"\x00: a",
    b": a",
    b"x",
)
_BODIES = (
    b"",
    b"hello",
    b"{}",
    b"0\r\n\r\n",
    b"5\r\nhello\r\n0\r\n\r\n",
    b'5;ext="\x00"\r\nhello\r\n0\r\nx: y\r\n\r\n',
    b"FFFFFFFFFFFFFFFFF\r\n",
    b"-1\r\nx",
    b"GET /account/api/v1/whoami HTTP/1.1\r\nhost: x\r\n\r\n",
    b"[" * 5_000,
    b"\xff" * 100,
)
_VERSIONS = (b"HTTP/1.1",) * 12 + (b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/1.1 ", b"http/1.1", b"")
_METHODS = (
    b"GET",
    b"HEAD",
    b"POST",
    b"PUT",
    b"PATCH",
    b"DELETE",
    b"OPTIONS",
    b"TRACE",
    b"CONNECT",
    b"PRI",
    b"X",
)


class Bytes:
    """Makes raw requests from a seed: the grammar's, framed as they should be or not."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._mutator = Mutator(seed)

    def make(self) -> bytes:
        """Return the next request, or what is none."""
        chance, request = self._chance, self._mutator.make()
        method = request.method if chance.random() < 0.6 else chance.choice(_METHODS)
        version, end = chance.choice(_VERSIONS), b"\n" if chance.random() < 0.05 else b"\r\n"
        lines = [b" ".join((method, self._target(request), version))]
        lines += [name + b": " + value for name, value in request.headers]
        body = b""
        if chance.random() < 0.3:
            lines += chance.sample(_FRAMES, chance.choice((1, 1, 2)))
            body = chance.choice(_BODIES)
        raw = end.join(lines) + end + end + body
        if chance.random() < 0.1:
            at = chance.randrange(len(raw))
            raw = raw[:at] + bytes([chance.randrange(256)]) + raw[at + chance.choice((0, 1)) :]
        return raw

    def _target(self, request: Hostile) -> bytes:
        chance = self._chance.random()
        if chance < 0.15:
            return self._chance.choice(_API_PATHS)
        if chance < 0.2:
            return self._chance.choice(
                (b"*", b"", b"evil.example:443", b"http://evil.example" + request.target)
            )
        return request.target


class WireFuzz:
    """A run over *inputs* raw requests from *seed* to the edge at *port*; `seen` counts statuses."""

    def __init__(self, port: int, seed: int) -> None:
        self._port = port
        self._bytes = Bytes(seed)
        self._left = 0
        self.seen: Counter[str] = Counter()

    def run(self, inputs: int, progress: Callable[[int], None] = lambda _: None) -> None:
        """Send *inputs* requests, some at a time; raises AssertionError at the first answer of 5xx."""
        self._left = inputs
        asyncio.run(self._run(inputs, progress))

    async def _run(self, inputs: int, progress: Callable[[int], None]) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(_CONNECTIONS):
                group.create_task(self._work(inputs, progress))

    async def _work(self, inputs: int, progress: Callable[[int], None]) -> None:
        while self._left > 0:
            self._left -= 1
            raw = self._bytes.make()
            answer = await self._send(raw)
            # What is sent may be read as several requests; each has an answer.
            assert b"HTTP/1.1 5" not in answer, f"{answer!r} to {raw!r}"
            self.seen[answer[9:12].decode() if answer.startswith(b"HTTP/1.") else answer.decode()] += 1
            progress(inputs - self._left)

    async def _send(self, raw: bytes) -> bytes:
        """Return what is answered to *raw*, or a word when that is nothing."""
        async with asyncio.timeout(_DEADLINE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(raw)
            async with asyncio.timeout(_PATIENCE_S):
                return await reader.readline() + await reader.read(_ANSWER_BYTES) or b"closed"
        except TimeoutError:
            return b"none"
        except ConnectionError:
            return b"cut"
        finally:
            writer.transport.abort()
