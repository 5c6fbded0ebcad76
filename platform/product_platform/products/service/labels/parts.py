"""What a job has drawn so far, kept in parts, so that a process that goes on draws nothing again."""

import asyncio
import tempfile
import zipfile
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, BinaryIO, Final, NamedTuple
from uuid import UUID

import msgpack

from product_platform.kit.jobs import JobRun, JobState
from product_platform.kit.storage import Storage

ITEMS_AT_ONCE: Final = 200
_CHUNK_BYTES: Final = 1 << 18
# The files of an archive have a date; the same request gives the same bytes on any day.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


class Drawn(NamedTuple):
    """One item that was drawn: the name of its file, and what is in it."""

    name: str
    content: bytes


def part_key(job_id: UUID, start: int) -> str:
    """Return where the part is kept that begins with the item *start*."""
    return f"exports/{job_id}/part-{start}"


async def draw_parts(run: JobRun, total: int, draw: Callable[[int, int], Any]) -> None:
    """Have all items drawn, some hundreds in a step; *draw* awaits those from a place to another.

    A part that is written again is the same: only the step says that it counts.
    """
    while run.job.state is JobState.RUNNING and run.job.progress < total:
        start = run.job.progress
        end = min(total, start + ITEMS_AT_ONCE)
        drawn = await draw(start, end)
        await run.services.storage.write(part_key(run.job.id, start), msgpack.packb(drawn))
        async with run.step() as step:
            step.advance(end, step.cursor, total=total)


async def read_parts(storage: Storage, job_id: UUID, total: int) -> AsyncIterator[list[Drawn]]:
    """Yield what was drawn, part by part, in order."""
    for start in range(0, total, ITEMS_AT_ONCE):
        part = msgpack.unpackb(await storage.read(part_key(job_id, start)))
        yield [Drawn(*drawn) for drawn in part]


async def delete_parts(storage: Storage, job_id: UUID, total: int) -> None:
    """Forget the parts, of which a file has been made."""
    for start in range(0, total, ITEMS_AT_ONCE):
        await storage.delete(part_key(job_id, start))


async def write_archive(storage: Storage, job_id: UUID, total: int, key: str) -> int:
    """Put everything that was drawn into one ZIP file, kept under *key*, and return its size in bytes."""
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            async for drawn in read_parts(storage, job_id, total):
                await asyncio.to_thread(_add, archive, drawn)
        file.seek(0)
        return await storage.write(key, _read_chunks(file))


def _add(archive: zipfile.ZipFile, drawn: Iterable[Drawn]) -> None:
    for each in drawn:
        info = zipfile.ZipInfo(each.name, _EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(info, each.content)


async def _read_chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
        yield chunk


def to_file_name(number: int, *parts: str | None) -> str:
    """Return the name, without its ending, of the file of an item: its number and what identifies it."""
    words = ["".join(c if c.isalnum() or c in "-." else "_" for c in part) for part in parts if part]
    return "_".join([f"{number:05d}", *words])
