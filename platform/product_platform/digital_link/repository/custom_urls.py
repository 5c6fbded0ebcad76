"""Every query about the targets of an organization's rules."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from asyncpg import UniqueViolationError

from product_platform.digital_link.errors import CustomUrlTakenError
from product_platform.digital_link.models import CustomUrl
from product_platform.digital_link.schemas import CustomUrlStatus
from product_platform.kit.db import Connection
from product_platform.kit.pagination import Page, PageQuery, fetch_page
from rules_compiler.model import SliceKey


async def fetch_list(connection: Connection, organization_id: UUID, query: PageQuery) -> Page[CustomUrl]:
    """Return a page of the organization's catalogue, by URL."""
    sql = "SELECT * FROM custom_urls WHERE organization_id = $1 ORDER BY url, id"
    page = await fetch_page(connection, sql, (organization_id,), query)
    return page.map(lambda row: CustomUrl(**row))


async def fetch_all(connection: Connection, organization_id: UUID) -> list[CustomUrl]:
    """Return the organization's whole catalogue, by URL."""
    sql = "SELECT * FROM custom_urls WHERE organization_id = $1 ORDER BY url, id"
    return [CustomUrl(**row) for row in await connection.fetch(sql, organization_id)]


async def find(connection: Connection, organization_id: UUID, custom_url_id: UUID) -> CustomUrl | None:
    """Return the entry with this id."""
    row = await connection.fetchrow(
        "SELECT * FROM custom_urls WHERE organization_id = $1 AND id = $2 FOR UPDATE",
        organization_id,
        custom_url_id,
    )
    return None if row is None else CustomUrl(**row)


async def ensure(
    connection: Connection, organization_id: UUID, url: str, *, made_by_rule: bool, at: datetime
) -> tuple[CustomUrl, bool]:
    """Return the entry of this URL, made with unknown health where need be, and whether it is new."""
    row = await connection.fetchrow(
        """
        INSERT INTO custom_urls AS entry (organization_id, url, made_by_rule, created, modified)
        VALUES ($1, $2, $3, $4, $4)
        ON CONFLICT (organization_id, url) DO UPDATE SET made_by_rule = entry.made_by_rule AND $3
        RETURNING *, xmax = 0 AS is_new
        """,
        organization_id,
        url,
        made_by_rule,
        at,
    )
    assert row is not None  # noqa: S101  # inserted or updated
    columns = dict(row)
    is_new: bool = columns.pop("is_new")
    return CustomUrl(**columns), is_new


async def rewrite(connection: Connection, custom_url_id: UUID, url: str, at: datetime) -> None:
    """Give an entry another URL, of which nothing is known yet; raises CustomUrlTakenError."""
    try:
        await connection.execute(
            """
            UPDATE custom_urls SET url = $2, modified = $3, status = 'UNKNOWN', failure_count = 0,
                last_checked_at = NULL, made_by_rule = false
            WHERE id = $1
            """,
            custom_url_id,
            url,
            at,
        )
    except UniqueViolationError as error:
        raise CustomUrlTakenError(url) from error


async def set_status(
    connection: Connection, custom_url_id: UUID, status: CustomUrlStatus, at: datetime
) -> None:
    """Store what a check has found."""
    await connection.execute(
        "UPDATE custom_urls SET status = $2, modified = $3, last_checked_at = $3 WHERE id = $1",
        custom_url_id,
        status,
        at,
    )


async def delete(connection: Connection, custom_url_id: UUID) -> None:
    """Delete an entry."""
    await connection.execute("DELETE FROM custom_urls WHERE id = $1", custom_url_id)


async def delete_unused(connection: Connection, organization_id: UUID, url: str) -> None:
    """Delete the entry that a rule brought in, if no rule uses it any more."""
    await connection.execute(
        """
        DELETE FROM custom_urls WHERE organization_id = $1 AND url = $2 AND made_by_rule AND NOT EXISTS (
            SELECT FROM resolution_rules WHERE organization_id = $1 AND custom_url = $2
        )
        """,
        organization_id,
        url,
    )


async def fetch_slice_keys(
    connection: Connection, organization_id: UUID, urls: Collection[str]
) -> list[SliceKey]:
    """Return the slices of the organization's rules that lead to one of *urls*."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT slice_key FROM resolution_rules
        WHERE organization_id = $1 AND custom_url = ANY($2::text[])
        """,
        organization_id,
        list(urls),
    )
    return [row["slice_key"] for row in rows]
