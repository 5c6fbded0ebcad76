"""Every query about what is said for and against claims."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from product_platform.kit.db import Connection, get_row

# A GTIN holds its company prefix behind the first digit. One of eight digits has none.
_MATCHING = """
    SELECT product.id, gtin FROM products AS product
    WHERE owner_id = $1 AND claim_verification_status = 'unverified' AND gtin > $2
    AND gtin NOT LIKE '000000%' AND EXISTS (
        SELECT FROM company_prefixes
        WHERE organization_id = $1 AND substr(gtin, 2, length(prefix)) = prefix
    )
    ORDER BY gtin LIMIT $3 FOR UPDATE SKIP LOCKED
"""


async def lock_source(connection: Connection, source_digest: bytes) -> None:
    """Let no two reports from one address be counted at once, until the transaction ends."""
    key = int.from_bytes(source_digest[:8], signed=True)
    await connection.execute("SELECT pg_advisory_xact_lock($1)", key)


async def fetch_report_times(
    connection: Connection, source_digest: bytes, *, since: datetime
) -> list[datetime]:
    """Return when the address has sent reports, the first one first."""
    rows = await connection.fetch(
        "SELECT created FROM claim_reports WHERE source_digest = $1 AND created > $2 ORDER BY created",
        source_digest,
        since,
    )
    return [row["created"] for row in rows]


async def insert_report(connection: Connection, columns: Mapping[str, Any]) -> UUID:
    """Store a report and return its id."""
    places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
    row = await get_row(
        connection,
        f"INSERT INTO claim_reports ({', '.join(columns)}) VALUES ({places}) RETURNING id",  # noqa: S608
        *columns.values(),
    )
    report_id: UUID = row["id"]
    return report_id


async def count_reporters(
    connection: Connection, product_id: UUID, organization_id: UUID, *, since: datetime
) -> int:
    """Return from how many addresses the organization's claim to the product was reported."""
    count: int = await connection.fetchval(
        "SELECT count(DISTINCT source_digest) FROM claim_reports"
        " WHERE product_id = $1 AND organization_id = $2 AND created > $3",
        product_id,
        organization_id,
        since,
    )
    return count


async def store_prefix(connection: Connection, prefix: str, organization_id: UUID, *, at: datetime) -> bool:
    """Store that a company prefix is the organization's; False when it is another's."""
    status = await connection.execute(
        """
        INSERT INTO company_prefixes AS stored (prefix, organization_id, created) VALUES ($1, $2, $3)
        ON CONFLICT (prefix) DO UPDATE SET prefix = stored.prefix WHERE stored.organization_id = $2
        """,
        prefix,
        organization_id,
        at,
    )
    return status == "INSERT 0 1"


async def has_prefix(connection: Connection, organization_id: UUID) -> bool:
    """Tell whether any company prefix is known to be the organization's."""
    sql = "SELECT EXISTS (SELECT FROM company_prefixes WHERE organization_id = $1)"
    found: bool = await connection.fetchval(sql, organization_id)
    return found


async def match_prefixes(
    connection: Connection, organization_id: UUID, *, after: str, limit: int, at: datetime
) -> list[str]:
    """Raise the tier of unverified claims whose GTINs lie under the organization's prefixes.

    Return the GTINs, sorted: those after *after*, and not more than *limit*.
    """
    rows = await connection.fetch(
        f"""
        WITH matching AS ({_MATCHING})
        UPDATE products SET claim_verification_status = 'prefix_matched', modified = $4
        FROM matching WHERE products.id = matching.id RETURNING products.gtin
        """,  # noqa: S608 - our own
        organization_id,
        after,
        limit,
        at,
    )
    return sorted(row["gtin"] for row in rows)
