"""Build bases: the whole table as a file, from which an edge begins that has nothing or is far behind."""

import asyncio
from collections.abc import Iterator
from functools import partial
from hashlib import blake2b
from tempfile import TemporaryFile
from typing import BinaryIO

import structlog

from product_platform.digital_link.repository import bases, publication
from product_platform.digital_link.repository.bases import CHUNK_BYTES, Base
from product_platform.kit.db import Connection
from rules_compiler.table_file import TableWriter

_log = structlog.get_logger(__name__)

# Whoever begins from a base has to read what changed since. So many slices are read in about a second:
# a smaller catalogue needs no base.
_ALWAYS_READ = 50_000
# In a larger one every tenth: then the reading is a small part of the download, and a slice is written into
# ten bases at most for every time that it changes.
_READ_SHARE = 10

_DIGEST_BYTES = 16
_LOG_EVERY = 100_000
_rest = asyncio.sleep


async def is_due(connection: Connection) -> bool:
    """Tell whether so much has changed since the newest base that edges need another."""
    newest = await bases.find_newest(connection)
    seq, slices = (newest.seq, newest.slices) if newest else (0, 0)
    return await bases.has_more_changed(connection, seq, max(_ALWAYS_READ, slices // _READ_SHARE))


async def build_base(connection: Connection, *, only_if_due: bool = True) -> Base | None:
    """Build and offer a base of the newest change set, if there is none of it.

    Returns None when that is not so, when no base is due, and when somebody else is at work. Nobody is
    offered a base before it is whole; what a builder that died has left, the next one deletes. Building
    keeps its process busy: it is no company for a publisher.
    """
    if not await bases.try_lock(connection):
        return None
    try:
        await bases.discard_unfinished(connection)
        if not await (is_due if only_if_due else _is_new)(connection):
            return None
        with TemporaryFile() as file:
            base = await _write(connection, file)
            await _store(connection, base, file)
        tombstones = await bases.delete_tombstones(connection)
    finally:
        await bases.unlock(connection)
    _log.info("base offered", seq=base.seq, slices=base.slices, deleted_tombstones=tombstones)
    return base


async def _is_new(connection: Connection) -> bool:
    newest = await bases.find_newest(connection)
    return newest is None or newest.seq < await publication.read_head(connection)


async def _write(connection: Connection, file: BinaryIO) -> Base:
    # INVARIANT: number and slices are of one snapshot, in which every change set is whole or not at all.
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        seq = await publication.read_head(connection)
        writer = TableWriter(file, seq)
        pause = _Pause()
        async for portion in bases.stream_slices(connection):
            for key, content in portion:
                writer.add(key, content)
            await pause.take()
            _log_progress(writer.count, len(portion))
    writer.finish()
    digest = blake2b(digest_size=_DIGEST_BYTES)
    for chunk in _chunks(file):
        digest.update(chunk)
    return Base(seq, writer.count, file.tell(), digest.digest())


async def _store(connection: Connection, base: Base, file: BinaryIO) -> None:
    await bases.insert(connection, base)
    pause = _Pause()
    for number, chunk in enumerate(_chunks(file)):
        await bases.insert_chunk(connection, base.seq, number, chunk)
        await pause.take()
    await bases.offer(connection, base.seq)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    return iter(partial(file.read, CHUNK_BYTES), b"")


def _log_progress(slices: int, added: int) -> None:
    if slices // _LOG_EVERY > (slices - added) // _LOG_EVERY:
        _log.info("base grows", slices=slices)


class _Pause:
    """Rests for as long as was worked: there is no hurry, and a publisher needs the database meanwhile."""

    def __init__(self) -> None:
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()

    async def take(self) -> None:
        await _rest(self._clock() - self._began)
        self._began = self._clock()
