"""A web server on loopback that answers as a test tells it, and remembers what it was asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

import h11


@dataclass(frozen=True)
class Page:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    host: str


def lead_to(location: str, status: int = 302) -> Page:
    return Page(status, {"Location": location})


class WebServer:
    """`pages` are by path, or by method and path where methods differ; others are 404."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.pages: dict[str, Page] = {}
        self.asked: list[Asked] = []
        self.is_silent = False

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def answer(self, request: h11.Request) -> Page:
        method, path = request.method.decode(), request.target.decode()
        headers = {name: value.decode() for name, value in request.headers}
        self.asked.append(Asked(method, path, headers[b"host"]))
        return self.pages.get(f"{method} {path}") or self.pages.get(path) or Page(404)


@asynccontextmanager
async def running_web_server() -> AsyncIterator[WebServer]:
    """Run a web server inside the block."""
    released = asyncio.Event()

    async def on_connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        while not isinstance(event := connection.next_event(), h11.Request):
            connection.receive_data(await reader.read(65_536))
        page = web.answer(event)
        if web.is_silent:
            await released.wait()
        headers = [("Content-Length", str(len(page.body))), ("Connection", "close"), *page.headers.items()]
        head = connection.send(
            h11.Response(status_code=page.status, headers=headers, reason=HTTPStatus(page.status).phrase)
        )
        try:
            writer.write((head or b"") + (b"" if event.method == b"HEAD" else page.body))
            writer.close()
            await writer.wait_closed()
        except ConnectionError:
            return  # the client has read enough

    server = await asyncio.start_server(on_connect, "127.0.0.1", 0)
    web = WebServer(server.sockets[0].getsockname()[1])
    try:
        yield web
    finally:
        released.set()
        server.close()
