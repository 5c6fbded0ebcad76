"""The outbox: what a transaction changed, for the publisher to compile after the commit."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from product_platform.kit.db import Connection, get_row
from rules_compiler.model import SliceKey

OUTBOX_CHANNEL = "signpost_outbox"
"""Postgres notifies this channel, with an empty payload, when there is something to publish."""


async def record_changes(
    connection: Connection, slice_keys: Iterable[SliceKey], organization_id: UUID | None
) -> None:
    """Say that what these slices are compiled from has changed, in the caller's transaction.

    *organization_id* is whose change it is, so that a change that cannot be compiled is held
    against its author alone; None when nobody owns it.
    """
    keys = list(dict.fromkeys(slice_keys))
    if not keys:
        return
    await connection.execute(
        "INSERT INTO outbox (organization_id, slice_key) SELECT $1, unnest($2::text[])", organization_id, keys
    )
    await connection.execute("SELECT pg_notify($1, '')", OUTBOX_CHANNEL)


async def read_recorded(connection: Connection) -> list[int]:
    """Return what the caller's transaction has recorded so far."""
    rows = await connection.fetch(
        "SELECT id FROM outbox WHERE done_at IS NULL AND xact = pg_current_xact_id_if_assigned()"
    )
    return [row["id"] for row in rows]


async def find_table(connection: Connection, recorded: Sequence[int]) -> int | None:
    """Return the number of a table that has everything *recorded* in it, None before it is published."""
    row = await get_row(
        connection,
        "SELECT count(seq) AS published, coalesce(max(seq), 0) AS seq FROM outbox"
        " WHERE id = ANY($1::bigint[])",
        recorded,
    )
    seq: int = row["seq"]
    return seq if row["published"] == len(recorded) else None
