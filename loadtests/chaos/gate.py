"""A network between the parts and a server that can be cut, slow, or swallow everything."""

import asyncio
import threading
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_CHUNK_BYTES = 65_536


class Gate:
    """Listens on a port of this machine and passes on to a Unix socket, as long as it is open.

    `port` is where it listens inside the block.
    """

    def __init__(self, upstream: Path) -> None:
        self.upstream = upstream
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gate", daemon=True)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._is_closed = False
        self._delay_s = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._leave(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def open(self) -> None:
        """Pass everything on at once, as at first."""
        self._set(is_closed=False, flows=True, delay_s=0.0)

    def cut(self) -> None:
        """End every connection, and refuse new ones."""
        self._set(is_closed=True, flows=True, delay_s=0.0)

    def swallow(self) -> None:
        """Take everything and pass nothing on, without a word to anybody."""
        self._set(is_closed=False, flows=False, delay_s=0.0)

    def slow(self, delay_s: float) -> None:
        """Pass each piece on after *delay_s*."""
        self._set(is_closed=False, flows=True, delay_s=delay_s)

    def _set(self, *, is_closed: bool, flows: bool, delay_s: float) -> None:
        def change() -> None:
            self._is_closed, self._delay_s = is_closed, delay_s
            (self._flows.set if flows else self._flows.clear)()
            if is_closed:
                for writer in self._writers:
                    writer.transport.abort()

        self._loop.call_soon_threadsafe(change)

    async def _listen(self) -> None:
        self._flows.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _leave(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            if self._is_closed:
                return
            try:
                upstream_reader, upstream_writer = await asyncio.open_unix_connection(str(self.upstream))
            except OSError:
                return
            self._writers |= {writer, upstream_writer}
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._pump(reader, upstream_writer))
                    group.create_task(self._pump(upstream_reader, writer))
            finally:
                self._writers -= {writer, upstream_writer}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError), closing(writer):
            while chunk := await reader.read(_CHUNK_BYTES):
                await self._flows.wait()
                await asyncio.sleep(self._delay_s)
                writer.write(chunk)
                await writer.drain()
