"""Every query about brands."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from product_platform.brands.models import Brand, to_name_key
from product_platform.brands.schemas import BrandFilters
from product_platform.kit.db import Connection
from product_platform.kit.listing import Listing
from product_platform.kit.pagination import Page, PageQuery

_COLUMNS = """
    id, organization_id, name, website, description, logo_key, instagram, facebook, twitter,
    linkedin, youtube, tiktok, pinterest, threads, metadata, created
"""
_LIST = Listing(
    select=f"SELECT {_COLUMNS} FROM brands WHERE is_active",  # noqa: S608 - the columns are our own
    filters={"name": "strpos(lower(name), lower({})) > 0", "organization_id": "organization_id = {}"},
    orderings={"name": "name", "created": "created"},
)


async def find(connection: Connection, brand_id: UUID, *, lock: bool = False) -> Brand | None:
    """Return the active brand; *lock* keeps it as it is until the transaction ends."""
    sql = f"SELECT {_COLUMNS} FROM brands WHERE id = $1 AND is_active {'FOR UPDATE' if lock else ''}"  # noqa: S608
    row = await connection.fetchrow(sql, brand_id)
    return None if row is None else Brand(**row)


async def find_by_name(connection: Connection, name: str, *, lock: bool = False) -> Brand | None:
    """Return the active brand that bears *name*, however it is spaced or cased."""
    sql = f"SELECT {_COLUMNS} FROM brands WHERE name_key = $1 AND is_active {'FOR UPDATE' if lock else ''}"  # noqa: S608
    row = await connection.fetchrow(sql, to_name_key(name))
    return None if row is None else Brand(**row)


async def fetch_list(connection: Connection, query: PageQuery, *, filters: BrandFilters) -> Page[Brand]:
    """Return a page of the active brands that pass the filters."""
    page = await _LIST.fetch(connection, query, filters)
    return page.map(lambda row: Brand(**row))


async def insert(
    connection: Connection, name: str, *, organization_id: UUID | None, at: datetime
) -> UUID | None:
    """Store a new brand and return its id; None when an active brand bears the name."""
    brand_id: UUID | None = await connection.fetchval(
        """
        INSERT INTO brands (organization_id, name, name_key, claimed_at, created, modified)
        VALUES ($1, $2, $3, CASE WHEN $1::uuid IS NOT NULL THEN $4::timestamptz END, $4, $4)
        ON CONFLICT (name_key) WHERE is_active DO NOTHING RETURNING id
        """,
        organization_id,
        name,
        to_name_key(name),
        at,
    )
    return brand_id


async def update(connection: Connection, brand_id: UUID, changes: Mapping[str, Any]) -> None:
    """Set columns of a brand. Raises UniqueViolationError when another brand bears a new name."""
    # The names of the columns are those of our own schemas; only values come from outside.
    assignments = ", ".join(f"{column} = ${at}" for at, column in enumerate(changes, start=2))
    await connection.execute(f"UPDATE brands SET {assignments} WHERE id = $1", brand_id, *changes.values())  # noqa: S608


async def release_all(connection: Connection, organization_id: UUID) -> list[UUID]:
    """Take its brands from an organization, remember that they were its own, and return them."""
    rows = await connection.fetch(
        """
        WITH remembered AS (
            INSERT INTO tombstoned_brands (organization_id, brand_id, claimed_at)
            SELECT organization_id, id, claimed_at FROM brands WHERE organization_id = $1 AND is_active
        )
        UPDATE brands SET organization_id = NULL, claimed_at = NULL
        WHERE organization_id = $1 AND is_active RETURNING id
        """,
        organization_id,
    )
    return [row["id"] for row in rows]


async def take_back(connection: Connection, organization_id: UUID) -> list[UUID]:
    """Give an organization the brands that were its own and are nobody's now, and return them."""
    rows = await connection.fetch(
        """
        WITH remembered AS (DELETE FROM tombstoned_brands WHERE organization_id = $1 RETURNING *)
        UPDATE brands SET (organization_id, claimed_at) = (remembered.organization_id, remembered.claimed_at)
        FROM remembered
        WHERE brands.id = remembered.brand_id AND brands.organization_id IS NULL AND is_active
        RETURNING brands.id
        """,
        organization_id,
    )
    return [row["id"] for row in rows]


async def forget_released(connection: Connection, organization_id: UUID) -> None:
    """Forget which brands an organization had."""
    await connection.execute("DELETE FROM tombstoned_brands WHERE organization_id = $1", organization_id)
