"""What was scanned of one serial number: by shoppers, by retailers, and by how many lately."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from product_platform.kit.db import Connection, get_row
from product_platform.products import SerialName

_MAX_RETAILER_SCANS = 500


class Place(NamedTuple):
    """A point on the globe, in degrees."""

    latitude: float
    longitude: float


class RetailerScan(NamedTuple):
    """A verification by an organization that does not own the product; the place may be unknown."""

    at: datetime
    retailer: str
    place: Place | None


class ConsumerScans(NamedTuple):
    """The scans of one serial by shoppers, bots left out: all, those of late, and the first."""

    total: int
    recent: int
    first_at: datetime | None


async def read_consumer_scans(connection: Connection, name: SerialName, *, since: datetime) -> ConsumerScans:
    """Return the counts; those of late are later than *since*."""
    row = await get_row(
        connection,
        """
        SELECT count(*) AS total, count(*) FILTER (WHERE at > $3) AS recent, min(at) AS first_at
        FROM scan_events WHERE gtin = $1 AND serial = $2 AND NOT is_bot
        """,
        *name,
        since,
    )
    return ConsumerScans(*row)


async def fetch_retailer_scans(connection: Connection, name: SerialName) -> list[RetailerScan]:
    """Return the latest scans by retailers, the oldest of them first."""
    rows = await connection.fetch(
        f"""
        SELECT at, organizations.name, latitude, longitude
        FROM retailer_scans JOIN organizations ON organizations.id = organization_id
        WHERE gtin = $1 AND serial = $2 ORDER BY at DESC, retailer_scans.id DESC LIMIT {_MAX_RETAILER_SCANS}
        """,  # noqa: S608  # a number of ours
        *name,
    )
    return [_to_retailer_scan(*row) for row in reversed(rows)]


async def insert_retailer_scan(
    connection: Connection, name: SerialName, *, organization_id: UUID, at: datetime
) -> None:
    """Store a scan by a retailer; organizations have no places yet."""
    await connection.execute(
        "INSERT INTO retailer_scans (gtin, serial, organization_id, at) VALUES ($1, $2, $3, $4)",
        *name,
        organization_id,
        at,
    )


async def find_busy(
    connection: Connection, names: Collection[SerialName], *, since: datetime, scans: int
) -> Sequence[SerialName]:
    """Return the authentic ones of *names* that shoppers scanned more than *scans* times after *since*."""
    rows = await connection.fetch(
        """
        SELECT gtin, wanted.serial
        FROM unnest($1::text[], $2::text[]) AS wanted (gtin, serial) JOIN products USING (gtin)
        LEFT JOIN serials ON product_id = products.id AND serials.serial = wanted.serial
        WHERE coalesce(state, 'authentic') = 'authentic' AND $4::bigint < (
            SELECT count(*) FROM (
                SELECT FROM scan_events AS scan
                WHERE scan.gtin = wanted.gtin AND scan.serial = wanted.serial AND NOT is_bot
                AND day >= ($3::timestamptz AT TIME ZONE 'UTC')::date AND at > $3 LIMIT $4 + 1
            ) AS enough
        )
        ORDER BY gtin, wanted.serial
        """,
        [name.gtin for name in names],
        [name.serial for name in names],
        since,
        scans,
    )
    return [SerialName(*row) for row in rows]


def _to_retailer_scan(
    at: datetime, retailer: str, latitude: float | None, longitude: float | None
) -> RetailerScan:
    place = None if latitude is None or longitude is None else Place(latitude, longitude)
    return RetailerScan(at, retailer, place)
