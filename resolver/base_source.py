"""What the keeper asks PostgreSQL: where the head is, which base is offered, and what has changed."""

from collections.abc import AsyncIterator, Sequence
from hashlib import blake2b
from typing import NamedTuple, TypeAlias

import asyncpg

from resolver.table_store import TableStore
from rules_compiler.model import SliceKey
from rules_compiler.snapshot import SnapshotInvalidError

_ROWS_AT_ONCE = 2_000
READ_SECONDS = 60.0

_HEAD = """
    SELECT seq, to_regclass('bases') IS NOT NULL AS has_bases,
           to_regclass('slices_horizon') IS NOT NULL AS has_horizon,
           to_regclass('publish_lineages') IS NOT NULL AS has_lineages
    FROM publish_head
"""
_BASES = "SELECT seq, digest FROM bases WHERE offered_at IS NOT NULL ORDER BY seq"
_HORIZON = "SELECT max(seq) FROM slices_horizon"
_CHANGES = "SELECT key, bytes FROM slices WHERE seq > $1"
_ONES = "SELECT key, bytes FROM slices WHERE key = ANY($1::text[])"
_LINEAGE = "SELECT lineage FROM publish_lineages WHERE first_seq <= $1 ORDER BY first_seq DESC LIMIT 1"
_COUNT = "SELECT count(*) FROM slices WHERE seq > $1"
_CHUNK = "SELECT bytes FROM base_chunks WHERE seq = $1 AND number = $2"

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Rows: TypeAlias = Sequence[tuple[SliceKey, bytes | None]]


class OfferedBase(NamedTuple):
    """A whole table that a worker process has built and stored in chunks."""

    number: int
    digest: bytes


class Standing(NamedTuple):
    """Where the database stands: the newest base, and up to where it no longer tells what was deleted.

    `lineage` is that of the head, None when it is not known.
    """

    head: int
    base: OfferedBase | None
    horizon: int
    lineage: str | None = None


async def read_standing(connection: Connection) -> Standing:
    """Return where the database stands."""
    row = await connection.fetchrow(_HEAD, timeout=READ_SECONDS)
    if row is None:
        raise RuntimeError("publish_head has no row: the database is not migrated")
    # Edges are upgraded before the database is.
    offered = await connection.fetch(_BASES, timeout=READ_SECONDS) if row["has_bases"] else []
    horizon = await connection.fetchval(_HORIZON, timeout=READ_SECONDS) if row["has_horizon"] else None
    lineage = await read_lineage(connection, row["seq"]) if row["has_lineages"] else None
    if not offered:
        return Standing(row["seq"], None, horizon or 0, lineage)
    return Standing(row["seq"], OfferedBase(*offered[-1]), max(offered[0]["seq"], horizon or 0), lineage)


async def read_lineage(connection: Connection, number: int) -> str | None:
    """Return the lineage of change set *number*, or None when it is not known."""
    lineage: str | None = await connection.fetchval(_LINEAGE, number, timeout=READ_SECONDS)
    return lineage


async def read_changes(connection: Connection, after: int) -> AsyncIterator[Rows]:
    """Yield the slices that change sets newer than *after* left, in portions; in a transaction only."""
    cursor = await connection.cursor(_CHANGES, after, timeout=READ_SECONDS)
    while rows := await cursor.fetch(_ROWS_AT_ONCE, timeout=READ_SECONDS):
        yield [(row["key"], row["bytes"]) for row in rows]


async def read_ones(connection: Connection, keys: Sequence[SliceKey]) -> dict[SliceKey, bytes | None]:
    """Return the slices of *keys* as they are now, None where there is none."""
    rows = await connection.fetch(_ONES, keys, timeout=READ_SECONDS)
    return dict.fromkeys(keys) | {row["key"]: row["bytes"] for row in rows}


async def count_changes(connection: Connection, after: int) -> int:
    """Return how many slices change sets newer than *after* left."""
    count: int = await connection.fetchval(_COUNT, after, timeout=READ_SECONDS)
    return count


async def fetch_base(connection: Connection, store: TableStore, base: OfferedBase) -> str:
    """Fetch *base*, and return its name in *store*.

    Raises SnapshotInvalidError when what came is not what was built, or no table that this release reads,
    and OSError when the disk is full.
    """
    with store.new_file("base", base.number) as (file, name):
        digest = blake2b(digest_size=len(base.digest))
        number = 0
        while chunk := await connection.fetchval(_CHUNK, base.number, number, timeout=READ_SECONDS):
            file.write(chunk)
            digest.update(chunk)
            number += 1
        if digest.digest() != base.digest:
            raise SnapshotInvalidError(f"base {base.number} did not come whole")
    try:
        store.open_table(name)
    except (OSError, SnapshotInvalidError):
        store.drop(name)
        raise
    return name
