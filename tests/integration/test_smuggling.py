"""A request hidden in another one is never read as a request: not by the edge, and not by what is behind it.

A real edge relays to a stand-in for the api process that reads with another parser, and notes what it reads.
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import h11
import pytest

from tests.conftest import open_folder
from tests.integration.clients import send
from tests.integration.running import DEADLINE_S, find_free_port, wait_until

pytestmark = pytest.mark.processes

HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
HEAD = b"POST /shown HTTP/1.1\r\nHost: x\r\n"
LENGTH = b"Content-Length: %d\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
EMPTY = b"0\r\n\r\n"

SHAPES = {
    "body of GET": b"GET /shown HTTP/1.1\r\nHost: x\r\n" + LENGTH % len(HIDDEN) + b"\r\n" + HIDDEN,
    "body of HEAD": b"HEAD /shown HTTP/1.1\r\nHost: x\r\n" + LENGTH % len(HIDDEN) + b"\r\n" + HIDDEN,
    "body of POST": HEAD + LENGTH % len(HIDDEN) + b"\r\n" + HIDDEN,
    "one chunk": HEAD + CHUNKED + b"\r\n%x\r\n%b\r\n" % (len(HIDDEN), HIDDEN) + EMPTY,
    "length and chunks": HEAD + LENGTH % 4 + CHUNKED + b"\r\n" + EMPTY + HIDDEN,
    "chunks and length": HEAD + CHUNKED + LENGTH % (5 + len(HIDDEN)) + b"\r\n" + EMPTY + HIDDEN,
    "two lengths": HEAD + LENGTH % 0 + LENGTH % len(HIDDEN) + b"\r\n" + HIDDEN,
    "list of lengths": HEAD + b"Content-Length: 0, %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "signed length": HEAD + b"Content-Length: +0\r\n\r\n" + HIDDEN,
    "length in hexadecimal": HEAD + b"Content-Length: 0x0\r\n\r\n" + HIDDEN,
    "two encodings": HEAD + CHUNKED + b"Transfer-Encoding: identity\r\n\r\n" + EMPTY + HIDDEN,
    "unknown encoding": HEAD + b"Transfer-Encoding: xchunked\r\n" + LENGTH % 5 + b"\r\n" + EMPTY + HIDDEN,
    "encoding behind a tab": HEAD
    + b"Transfer-Encoding:\tchunked\r\n"
    + LENGTH % 5
    + b"\r\n"
    + EMPTY
    + HIDDEN,
    "encoding behind a form feed": HEAD + b"Transfer-Encoding: \x0cchunked\r\n\r\n" + EMPTY + HIDDEN,
    "space before the colon": HEAD + b"Content-Length : %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "folded encoding": HEAD + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + EMPTY + HIDDEN,
    "lone carriage return": HEAD + b"X: y\rTransfer-Encoding: chunked\r\n\r\n" + EMPTY + HIDDEN,
    "long size of a chunk": HEAD + CHUNKED + b"\r\n" + b"0" * 17 + b"1\r\nx\r\n" + EMPTY,
    "extension of a chunk": HEAD + CHUNKED + b"\r\n5;a\nb\r\nhello\r\n" + EMPTY,
    "no end of a chunk": HEAD + CHUNKED + b"\r\n2\r\nxx%x\r\n" % len(HIDDEN) + HIDDEN,
    "trailers": HEAD + CHUNKED + b"\r\n0\r\nContent-Length: 9\r\nHost: y\r\n\r\n",
    "connection names the length": HEAD
    + LENGTH % len(HIDDEN)
    + b"Connection: content-length\r\n\r\n"
    + HIDDEN,
    "connection names the encoding": HEAD + CHUNKED + b"Connection: transfer-encoding\r\n\r\n" + EMPTY,
    "upgrade": HEAD + b"Connection: upgrade\r\nUpgrade: h2c\r\n" + LENGTH % len(HIDDEN) + b"\r\n" + HIDDEN,
    "expect": HEAD + b"Expect: 100-continue\r\n" + LENGTH % len(HIDDEN) + b"\r\n" + HIDDEN,
    "in the target": b"GET /shown\tHTTP/1.1\r\nX: HTTP/1.1\r\nHost: x\r\n\r\n",
    "in a header": HEAD + b"X: a\r\n\r\x00\n" + HIDDEN,
    "two hosts": b"GET /shown HTTP/1.1\r\nHost: x\r\nHost: hidden\r\n\r\n",
}
"""Nobody who reads these as the standard has it finds a second request that they may answer."""


class Upstream(threading.Thread):
    """Answers every request on its Unix socket, and notes their targets."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self.targets: list[bytes] = []
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen(64)

    def run(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _converse(self, connection: socket.socket) -> None:
        parser = h11.Connection(h11.SERVER)
        with connection:
            while True:
                event = parser.next_event()
                if event is h11.NEED_DATA:
                    parser.receive_data(connection.recv(65_536))
                elif isinstance(event, h11.Request):
                    self.targets.append(event.target)
                elif isinstance(event, h11.EndOfMessage):
                    connection.sendall(
                        parser.send(h11.Response(status_code=200, headers=[("content-length", "0")])) or b""
                    )
                    connection.sendall(parser.send(h11.EndOfMessage()) or b"")
                    parser.start_next_cycle()
                elif isinstance(event, h11.ConnectionClosed):
                    return


@pytest.fixture(scope="module")
def upstream() -> Iterator[tuple[int, Upstream]]:
    """Run an edge in front of the stand-in, and give its port."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SIGNPOST_")}
    with open_folder() as folder:
        stand_in, port = Upstream(folder / "api.sock"), find_free_port()
        stand_in.start()
        options = ["--port", str(port), "--data-dir", str(folder / "data"), "--workers", "1"]
        with (folder / "log").open("wb") as log:
            edge = subprocess.Popen(
                [sys.executable, "-m", "admin_api", "edge", *options],
                stdout=log,
                stderr=log,
                env=inherited | {"SIGNPOST_API_SOCKET": str(folder / "api.sock")},
            )
        try:
            wait_until(lambda: is_relaying(port), what="the edge")
            yield port, stand_in
        finally:
            edge.terminate()
            edge.wait(DEADLINE_S)
            stand_in.stop()


def is_relaying(port: int) -> bool:
    try:
        return send(port, "GET", "/ready").status == 200
    except OSError:
        return False


def converse(port: int, raw: bytes) -> bytes:
    """Send *raw*, then an honest request on the same connection if it is still there; return all answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as client:
        answers = bytearray()
        try:
            client.sendall(raw)
            client.settimeout(0.3)
            while part := client.recv(65_536):
                answers += part
        except (TimeoutError, ConnectionError):
            pass
        return bytes(answers)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_hidden_stays_hidden(upstream: tuple[int, Upstream], shape: str) -> None:
    port, stand_in = upstream
    stand_in.targets.clear()
    answers = converse(port, SHAPES[shape])
    assert b"/hidden" not in stand_in.targets
    assert answers.count(b"HTTP/1.1 2") + answers.count(b"HTTP/1.1 4") == 1, answers
    assert b"HTTP/1.1 5" not in answers


def test_pipelined_requests_are_answered_in_order(upstream: tuple[int, Upstream]) -> None:
    port, stand_in = upstream
    stand_in.targets.clear()
    targets = [b"/first", b"/second", b"/third"]
    answers = converse(port, b"".join(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % target for target in targets))
    assert (stand_in.targets, answers.count(b"HTTP/1.1 200 OK")) == (targets, len(targets))
