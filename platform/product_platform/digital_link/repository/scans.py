"""Raw scans by day, and the counts that outlive them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from product_platform.kit.db import Connection

_PARTITIONS_LOCK = 0x5343_414E

_INCOMING = """
    CREATE TEMPORARY TABLE IF NOT EXISTS incoming_scans (LIKE scan_events) ON COMMIT DELETE ROWS
"""

# Only what was not there before is counted, in the same statement, so that a scan that is
# delivered twice counts once. Rows are written in one order, so that two consumers never block
# each other for good.
_COUNT = """
    WITH fresh AS (
        INSERT INTO scan_events SELECT * FROM incoming_scans ORDER BY day, event_id
        ON CONFLICT (day, event_id) DO NOTHING
        RETURNING day, at, gtin, organization_id, brand_id, country, device, is_bot
    ), counted AS (
        SELECT day, extract(hour FROM at AT TIME ZONE 'UTC')::smallint AS hour, gtin,
            coalesce(organization_id, $1) AS organization_id, coalesce(brand_id, $1) AS brand_id,
            coalesce(country, '') AS country, device, is_bot, count(*) AS scans
        FROM fresh WHERE gtin IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
    ), rolled_up AS (
        INSERT INTO scan_counts (day, hour, gtin, organization_id, brand_id, country, device, is_bot, scans)
        SELECT day, hour, gtin, organization_id, brand_id, country, device, is_bot, scans FROM counted
        ORDER BY organization_id, day, gtin, hour, brand_id, country, device, is_bot
        ON CONFLICT (organization_id, day, gtin, hour, brand_id, country, device, is_bot)
        DO UPDATE SET scans = scan_counts.scans + EXCLUDED.scans
    )
    SELECT count(*) FROM fresh
"""

_FREQUENT = """
    SELECT key, country, count(*) AS scans FROM scan_events
    WHERE organization_id = $1 AND day >= $2 AND at >= $3 AND NOT is_bot
    GROUP BY key, country ORDER BY scans DESC, key, country LIMIT $4
"""

# Names of one length that end in the day: they sort as the days do.
_OLDEST_PARTITION = """
    SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = 'scan_events'::regclass AND relname < $1 ORDER BY relname LIMIT 1
"""

_PATIENCE_MS = 1_000

NOBODY = UUID(int=0)
"""Stands in the counts for a missing organization or brand."""


class ScanRow(NamedTuple):
    """A row of `scan_events`, in the order of its columns."""

    day: date
    event_id: bytes
    at: datetime
    key: str
    gtin: str | None
    lot: str | None
    serial: str | None
    organization_id: UUID | None
    brand_id: UUID | None
    rule_id: UUID | None
    outcome: str
    country: str | None
    device: str
    is_bot: bool


class FrequentScan(NamedTuple):
    """What was scanned from one country, and how often."""

    key: str
    country: str | None
    scans: int


async def fetch_frequent(
    connection: Connection, organization_id: UUID, *, since: datetime, limit: int
) -> list[FrequentScan]:
    """Return what shoppers have scanned most of an organization, the most frequent first."""
    rows = await connection.fetch(_FREQUENT, organization_id, since.date(), since, limit)
    return [FrequentScan(**row) for row in rows]


async def store_scans(connection: Connection, rows: Sequence[ScanRow]) -> int:
    """Store and count those of *rows* that are new, in the caller's transaction; return how many."""
    await connection.execute(_INCOMING)
    await connection.copy_records_to_table("incoming_scans", records=rows, columns=ScanRow._fields)
    fresh: int = await connection.fetchval(_COUNT, NOBODY)
    return fresh


async def drop_partition(connection: Connection, before: date) -> date | None:
    """Drop the oldest partition of a day before *before*, and return its day; None when there is none.

    Raises LockNotAvailableError when somebody reads scans all the time: the next scans must not
    wait behind this.
    """
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _PARTITIONS_LOCK)
    name = await connection.fetchval(_OLDEST_PARTITION, f"scan_events_{before:%Y%m%d}")
    if name is None:
        return None
    await connection.execute(f"SET LOCAL lock_timeout = {_PATIENCE_MS}")
    await connection.execute(f"DROP TABLE {name}")
    return datetime.strptime(f"{name[-8:]}+0000", "%Y%m%d%z").date()


async def make_partitions(connection: Connection, days: Collection[date]) -> None:
    """Make the partitions of *days* that are not there yet, in the caller's transaction."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _PARTITIONS_LOCK)
    for day in sorted(days):
        until = day + timedelta(days=1)
        await connection.execute(
            f"CREATE TABLE IF NOT EXISTS scan_events_{day:%Y%m%d} PARTITION OF scan_events "
            f"FOR VALUES FROM ('{day:%Y-%m-%d}') TO ('{until:%Y-%m-%d}')"
        )
