"""Asks a service on this machine how it is, by the smallest possible HTTP request."""

import asyncio
import contextlib
from collections.abc import Awaitable
from pathlib import Path

_TIMEOUT_S = 2.0

_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def find_status_at_port(host: str, port: int, path: str) -> int | None:
    """Return the HTTP status that the service answers, or None when it does not answer."""
    return await _find_status(asyncio.open_connection(host, port), path)


async def find_status_at_socket(socket_path: Path, path: str) -> int | None:
    """Return the HTTP status that the service behind a Unix socket answers, or None when it does not."""
    return await _find_status(asyncio.open_unix_connection(str(socket_path)), path)


async def _find_status(connecting: Awaitable[_Streams], path: str) -> int | None:
    with contextlib.suppress(OSError, TimeoutError, ValueError):
        async with asyncio.timeout(_TIMEOUT_S):
            reader, writer = await connecting
            with contextlib.closing(writer):
                writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                status_line = await reader.readline()
                return int(status_line.split(b" ", 2)[1])
    return None
