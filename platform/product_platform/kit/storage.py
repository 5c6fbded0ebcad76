"""Files that belong to customers, such as logos, labels and exports: a port, and the folder behind it.

A key is a path of lower-case names, such as `exports/3f2a/rules.ndjson`. What is written under a
public key, one that begins with `public/`, anybody may fetch (`kit.files`), and for ever: it never
changes, so a new content takes a new key.
"""

import asyncio
import os
import re
import secrets
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol

PUBLIC: Final = "public/"

_KEY: Final = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")
_MAX_KEY_LENGTH: Final = 200
_CHUNK_BYTES: Final = 1 << 18
# No key begins with a dot, so nothing is ever kept here.
_UNFINISHED: Final = ".unfinished"


class MalformedKeyError(ValueError):
    """No file is ever kept under this key."""


class FileMissingError(LookupError):
    """Nothing is kept under this key."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that can be read once, in pieces; `chunks` has to be read to its end or closed."""

    size_bytes: int
    chunks: AsyncIterator[bytes]


class Storage(Protocol):
    """Keeps files under keys. Every method raises MalformedKeyError for what is no key."""

    async def write(self, key: str, content: bytes | AsyncIterable[bytes]) -> int:
        """Keep *content* and return its size in bytes; whoever reads sees all of it or nothing."""
        ...

    async def open(self, key: str) -> StoredFile:
        """Return the file to be read in pieces; raises FileMissingError."""
        ...

    async def read(self, key: str) -> bytes:
        """Return the whole content; raises FileMissingError."""
        ...

    async def delete(self, key: str) -> None:
        """Forget the file; one that is not there is forgotten already."""
        ...


class FolderStorage:
    """Keeps files in a folder, which is made when the first one comes.

    Processes and hosts that share the folder share the files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def write(self, key: str, content: bytes | AsyncIterable[bytes]) -> int:
        """Keep *content*: on disk beside its place first, and then, by one rename, in it."""
        path = self._find_path(key)
        unfinished = self._folder / _UNFINISHED / secrets.token_hex(16)
        file = await asyncio.to_thread(_create, unfinished)
        try:
            if isinstance(content, bytes):
                await asyncio.to_thread(file.write, content)
            else:
                async for chunk in content:
                    await asyncio.to_thread(file.write, chunk)
            return await asyncio.to_thread(_publish, file, unfinished, path)
        except BaseException:
            file.close()
            unfinished.unlink(missing_ok=True)
            raise

    async def open(self, key: str) -> StoredFile:
        """Return the file as it is now, whatever becomes of it while it is read."""
        path = self._find_path(key)
        try:
            file = await asyncio.to_thread(path.open, "rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise FileMissingError(key) from None
        return StoredFile(os.fstat(file.fileno()).st_size, _read_chunks(file))

    async def read(self, key: str) -> bytes:
        """Return the whole content; raises FileMissingError."""
        return b"".join([chunk async for chunk in (await self.open(key)).chunks])

    async def delete(self, key: str) -> None:
        """Forget the file; one that is not there is forgotten already."""
        await asyncio.to_thread(self._find_path(key).unlink, missing_ok=True)

    def _find_path(self, key: str) -> Path:
        check_key(key)
        return self._folder / key


def check_key(key: str) -> None:
    """Raise MalformedKeyError when nothing is ever kept under *key*."""
    if len(key) > _MAX_KEY_LENGTH or _KEY.fullmatch(key) is None:
        raise MalformedKeyError(f"{key!r} is no key: give lower-case names, joined by slashes.")


def _create(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("xb")


def _publish(file: BinaryIO, unfinished: Path, path: Path) -> int:
    """Bring what is written to disk, then to its place, and return its size in bytes."""
    file.flush()
    os.fsync(file.fileno())
    size_bytes = file.tell()
    file.close()
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished.replace(path)
    folder_fd = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder_fd)
    finally:
        os.close(folder_fd)
    return size_bytes


async def _read_chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
            yield chunk
