"""What the keeper asks PostgreSQL: where the head is, which base is offered, and what has changed."""

from collections.abc import AsyncIterator, Sequence
from hashlib import blake2b
from typing import NamedTuple, TypeAlias

import asyncpg

from resolver.table_store import TableStore
from rules_compiler.model import SliceKey
from rules_compiler.snapshot import SnapshotInvalidError

_ROWS_AT_ONCE = 2_000
_READ_SECONDS = 60.0

_HEAD = "SELECT seq, to_regclass('bases') IS NOT NULL AS has_bases FROM publish_head"
_BASES = """
    SELECT seq, digest FROM bases WHERE offered_at IS NOT NULL ORDER BY seq
"""
_CHANGES = "SELECT key, bytes FROM slices WHERE seq > $1"
_COUNT = "SELECT count(*) FROM slices WHERE seq > $1"
_CHUNK = "SELECT bytes FROM base_chunks WHERE seq = $1 AND number = $2"

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Rows: TypeAlias = Sequence[tuple[SliceKey, bytes | None]]


class OfferedBase(NamedTuple):
    """A whole table that a worker process has built and stored in chunks."""

    number: int
    digest: bytes


class Standing(NamedTuple):
    """Where the database stands. What was deleted before `oldest_base` it no longer tells."""

    head: int
    base: OfferedBase | None
    oldest_base: int


async def read_standing(connection: Connection) -> Standing:
    """Return where the database stands."""
    row = await connection.fetchrow(_HEAD, timeout=_READ_SECONDS)
    if row is None:
        raise RuntimeError("publish_head has no row: the database is not migrated")
    # Edges are upgraded before the database is.
    offered = await connection.fetch(_BASES, timeout=_READ_SECONDS) if row["has_bases"] else []
    if not offered:
        return Standing(row["seq"], None, 0)
    return Standing(row["seq"], OfferedBase(*offered[-1]), offered[0]["seq"])


async def read_changes(connection: Connection, after: int) -> AsyncIterator[Rows]:
    """Yield the slices that change sets newer than *after* left, in portions; in a transaction only."""
    cursor = await connection.cursor(_CHANGES, after, timeout=_READ_SECONDS)
    while rows := await cursor.fetch(_ROWS_AT_ONCE, timeout=_READ_SECONDS):
        yield [(row["key"], row["bytes"]) for row in rows]


async def count_changes(connection: Connection, after: int) -> int:
    """Return how many slices change sets newer than *after* left."""
    count: int = await connection.fetchval(_COUNT, after, timeout=_READ_SECONDS)
    return count


async def fetch_base(connection: Connection, store: TableStore, base: OfferedBase) -> str:
    """Fetch *base*, and return its name in *store*.

    Raises SnapshotInvalidError when what came is not what was built, and OSError when the disk is full.
    """
    with store.new_file("base", base.number) as (file, name):
        digest = blake2b(digest_size=len(base.digest))
        number = 0
        while chunk := await connection.fetchval(_CHUNK, base.number, number, timeout=_READ_SECONDS):
            file.write(chunk)
            digest.update(chunk)
            number += 1
        if digest.digest() != base.digest:
            raise SnapshotInvalidError(f"base {base.number} did not come whole")
    return name
