"""Bases: whole tables as files, in pieces, and the tombstones that they make superfluous."""

from collections.abc import AsyncIterator
from typing import NamedTuple

from product_platform.kit.db import Connection
from rules_compiler.model import SliceKey

CHUNK_BYTES = 1024 * 1024

_BUILDER_LOCK = 0x5349_4241
_KEPT = 2
_ROWS_AT_ONCE = 2_000
_TOMBSTONES_AT_ONCE = 5_000

# It only rises, even when bases are deleted by hand.
_RAISE_HORIZON = """
    INSERT INTO slices_horizon (seq)
    SELECT min(seq) FROM bases WHERE offered_at IS NOT NULL HAVING min(seq) IS NOT NULL
    ON CONFLICT (only_row) DO UPDATE SET seq = greatest(slices_horizon.seq, EXCLUDED.seq)
"""

_DELETE_TOMBSTONES = """
    DELETE FROM slices WHERE bytes IS NULL AND key IN (
        SELECT key FROM slices WHERE bytes IS NULL AND seq <= (SELECT seq FROM slices_horizon) LIMIT $1
    )
"""


class Base(NamedTuple):
    """A table of everything as of one change set, as a file."""

    seq: int
    slices: int
    size_bytes: int
    digest: bytes


async def try_lock(connection: Connection) -> bool:
    """Become the one who builds, for as long as the connection lives; False while another does."""
    locked: bool = await connection.fetchval("SELECT pg_try_advisory_lock($1)", _BUILDER_LOCK)
    return locked


async def unlock(connection: Connection) -> None:
    """Let others build."""
    await connection.execute("SELECT pg_advisory_unlock($1)", _BUILDER_LOCK)


async def find_newest(connection: Connection) -> Base | None:
    """Return the newest base that is offered."""
    row = await connection.fetchrow(
        "SELECT seq, slices, size_bytes, digest FROM bases WHERE offered_at IS NOT NULL"
        " ORDER BY seq DESC LIMIT 1"
    )
    return None if row is None else Base(*row)


async def has_more_changed(connection: Connection, seq: int, slices: int) -> bool:
    """Tell whether more than so many *slices* have changed since change set *seq*."""
    changed: int = await connection.fetchval(
        "SELECT count(*) FROM (SELECT FROM slices WHERE seq > $1 LIMIT $2) AS changed", seq, slices + 1
    )
    return changed > slices


async def discard_unfinished(connection: Connection) -> None:
    """Delete what a builder that died has left. Only for whoever holds the lock."""
    await connection.execute("DELETE FROM bases WHERE offered_at IS NULL")


async def stream_slices(connection: Connection) -> AsyncIterator[list[tuple[SliceKey, bytes]]]:
    """Yield all slices in portions, in no order. The caller's transaction says as of when."""
    cursor = await connection.cursor("SELECT key, bytes FROM slices WHERE bytes IS NOT NULL")
    while rows := await cursor.fetch(_ROWS_AT_ONCE):
        yield [(row["key"], row["bytes"]) for row in rows]


async def insert(connection: Connection, base: Base) -> None:
    """Store a base that nobody is offered yet."""
    await connection.execute(
        "INSERT INTO bases (seq, slices, size_bytes, digest) VALUES ($1, $2, $3, $4)", *base
    )


async def insert_chunk(connection: Connection, seq: int, number: int, content: bytes) -> None:
    """Store one piece of a base."""
    await connection.execute(
        "INSERT INTO base_chunks (seq, number, bytes) VALUES ($1, $2, $3)", seq, number, content
    )


async def offer(connection: Connection, seq: int) -> None:
    """Offer a base whose pieces are all stored, and delete those that are too old to be kept.

    One more than the newest is kept, so that an edge can end a download that it has begun.
    """
    async with connection.transaction():
        await connection.execute("UPDATE bases SET offered_at = now() WHERE seq = $1", seq)
        await connection.execute(
            "DELETE FROM bases WHERE seq NOT IN (SELECT seq FROM bases ORDER BY seq DESC LIMIT $1)", _KEPT
        )


async def delete_tombstones(connection: Connection) -> int:
    """Delete the tombstones that no offered base leaves a use for, and return how many there were.

    In portions, so that the publisher never waits long for one that it brings to life again.
    """
    # INVARIANT: the horizon is raised before anything is deleted, so that whoever reads both in one
    # snapshot never trusts slices that are no longer all there.
    await connection.execute(_RAISE_HORIZON)
    total, deleted = 0, _TOMBSTONES_AT_ONCE
    while deleted == _TOMBSTONES_AT_ONCE:
        status = await connection.execute(_DELETE_TOMBSTONES, _TOMBSTONES_AT_ONCE)
        deleted = int(status.removeprefix("DELETE "))
        total += deleted
    return total
