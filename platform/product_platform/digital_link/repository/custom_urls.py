"""Every query about the targets of an organization's rules."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import UniqueViolationError

from product_platform.digital_link.errors import CustomUrlTakenError
from product_platform.digital_link.models import CustomUrl, Health
from product_platform.kit.db import Connection, get_row
from product_platform.kit.pagination import Page, PageQuery, fetch_page
from rules_compiler.model import SliceKey


async def fetch_list(connection: Connection, organization_id: UUID, query: PageQuery) -> Page[CustomUrl]:
    """Return a page of the organization's catalogue, by URL."""
    sql = "SELECT * FROM custom_urls WHERE organization_id = $1 ORDER BY url, id"
    page = await fetch_page(connection, sql, (organization_id,), query)
    return page.map(CustomUrl.from_row)


async def fetch_all(connection: Connection, organization_id: UUID) -> list[CustomUrl]:
    """Return the organization's whole catalogue, by URL."""
    sql = "SELECT * FROM custom_urls WHERE organization_id = $1 ORDER BY url, id"
    return [CustomUrl.from_row(row) for row in await connection.fetch(sql, organization_id)]


async def fetch_dead(connection: Connection, organization_id: UUID) -> set[str]:
    """Return the targets of the organization that are known to be unreachable."""
    sql = "SELECT url FROM custom_urls WHERE organization_id = $1 AND status = 'UNREACHABLE'"
    return {row["url"] for row in await connection.fetch(sql, organization_id)}


async def find(connection: Connection, organization_id: UUID, custom_url_id: UUID) -> CustomUrl | None:
    """Return the entry with this id."""
    row = await connection.fetchrow(
        "SELECT * FROM custom_urls WHERE organization_id = $1 AND id = $2 FOR UPDATE",
        organization_id,
        custom_url_id,
    )
    return None if row is None else CustomUrl.from_row(row)


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
    return CustomUrl.from_row(row), row["is_new"]


async def rewrite(connection: Connection, custom_url_id: UUID, url: str, at: datetime) -> None:
    """Give an entry another URL, of which nothing is known yet; raises CustomUrlTakenError."""
    try:
        await connection.execute(
            """
            UPDATE custom_urls SET url = $2, modified = $3, status = 'UNKNOWN', failure_count = 0,
                success_count = 0, last_checked_at = NULL, next_check_at = DEFAULT, made_by_rule = false
            WHERE id = $1
            """,
            custom_url_id,
            url,
            at,
        )
    except UniqueViolationError as error:
        raise CustomUrlTakenError(url) from error


async def set_health(connection: Connection, entry: CustomUrl, health: Health, at: datetime) -> CustomUrl:
    """Store what is known of an entry since *at*."""
    row = await get_row(
        connection,
        """
        UPDATE custom_urls SET status = $2, failure_count = $3, success_count = $4, last_checked_at = $5,
            modified = CASE status WHEN $2 THEN modified ELSE $5 END
        WHERE id = $1 RETURNING *
        """,
        entry.id,
        health.status,
        health.failure_count,
        health.success_count,
        at,
    )
    return CustomUrl.from_row(row)


async def take_due(connection: Connection, at: datetime, *, limit: int, until: datetime) -> list[CustomUrl]:
    """Return watched entries whose time has come by *at*, and move that time to *until*."""
    rows = await connection.fetch(
        """
        WITH due AS MATERIALIZED (  -- once: in a join they may be looked for again, and be others
            SELECT id FROM custom_urls AS entry
            WHERE is_watched AND next_check_at <= $1 AND EXISTS (
                SELECT FROM organizations WHERE id = entry.organization_id AND deleted_at IS NULL
            )
            ORDER BY next_check_at LIMIT $2 FOR UPDATE SKIP LOCKED
        )
        UPDATE custom_urls SET next_check_at = $3
        FROM due WHERE custom_urls.id = due.id RETURNING custom_urls.*
        """,
        at,
        limit,
        until,
    )
    return [CustomUrl.from_row(row) for row in rows]


async def put_off(connection: Connection, custom_url_ids: Sequence[UUID], until: datetime) -> None:
    """Look at these entries no earlier than *until*."""
    await connection.execute(
        "UPDATE custom_urls SET next_check_at = $2 WHERE id = ANY($1::uuid[])", custom_url_ids, until
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
