"""Every query about analytics. All of them read the roll-ups, never raw scans."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from asyncpg import Record

from product_platform.kit.db import Connection

_COUNTED = """
    WITH counted AS (
        SELECT * FROM scan_counts
        WHERE organization_id = $1 AND day BETWEEN $2 AND $3 AND ($4::uuid IS NULL OR brand_id = $4)
    )
"""

_TOTALS = f"""{_COUNTED}
    SELECT coalesce(sum(scans), 0)::bigint AS scans,
        coalesce(sum(scans) FILTER (WHERE is_bot), 0)::bigint AS bot_scans
    FROM counted
"""  # noqa: S608  # no value comes from outside

_BY_COUNTRY = f"""{_COUNTED}
    SELECT coalesce(nullif(country, ''), 'ZZ') AS country, sum(scans)::bigint AS scans
    FROM counted GROUP BY 1 ORDER BY scans DESC, country
"""  # noqa: S608  # as above

_BY_DAY = f"""{_COUNTED}
    SELECT day::date AS date, coalesce(sum(scans), 0)::bigint AS scans
    FROM generate_series($2::date, $3::date, interval '1 day') AS days (day) LEFT JOIN counted USING (day)
    GROUP BY 1 ORDER BY 1
"""  # noqa: S608  # as above

_TOP = f"""{_COUNTED},
    top AS (
        SELECT gtin, sum(scans)::bigint AS scans,
            coalesce(sum(scans) FILTER (WHERE NOT is_bot), 0)::bigint AS billable_scans
        FROM counted GROUP BY gtin ORDER BY scans DESC, gtin LIMIT $5
    )
    SELECT top.*, coalesce(product_name, '') AS product_name, coalesce(brands.name, '') AS brand,
        (SELECT jsonb_object_agg(name, scans) FROM (
            SELECT coalesce(nullif(country, ''), 'ZZ') AS name, sum(scans)::bigint AS scans
            FROM counted WHERE gtin = top.gtin GROUP BY 1
        ) AS countries) AS by_country,
        (SELECT jsonb_object_agg(name, scans) FROM (
            SELECT device AS name, sum(scans)::bigint AS scans
            FROM counted WHERE gtin = top.gtin GROUP BY 1
        ) AS devices) AS by_device
    FROM top LEFT JOIN products USING (gtin) LEFT JOIN brands ON brands.id = products.brand_id
    ORDER BY top.scans DESC, gtin
"""  # noqa: S608  # as above


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The scans of an organization, and of one of its brands if that is given, in a span of days."""

    organization_id: UUID
    since: date
    until: date
    brand_id: UUID | None

    @property
    def _args(self) -> tuple[UUID, date, date, UUID | None]:
        return self.organization_id, self.since, self.until, self.brand_id

    async def fetch_totals(self, connection: Connection) -> Record:
        """Return the number of scans, and of those by bots."""
        row = await connection.fetchrow(_TOTALS, *self._args)
        assert row is not None  # noqa: S101  # an aggregate has one row
        return row

    async def fetch_by_country(self, connection: Connection) -> list[Record]:
        """Return the scans of each country, most first."""
        return await connection.fetch(_BY_COUNTRY, *self._args)

    async def fetch_by_day(self, connection: Connection) -> list[Record]:
        """Return the scans of each day, also of those without any."""
        return await connection.fetch(_BY_DAY, *self._args)

    async def fetch_top(self, connection: Connection, limit: int) -> list[Record]:
        """Return the products that are scanned most, with their countries and devices."""
        return await connection.fetch(_TOP, *self._args, limit)
