"""Every query about the web domains of organizations, and the claims that they support."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from product_platform.kit.db import Connection, get_row
from product_platform.products.models.domains import Domain

_COLUMNS = "domain AS name, token, proved_at"
_IS_BRAND = "EXISTS (SELECT FROM organizations WHERE id = $1 AND is_brand AND deleted_at IS NULL)"
# A claim that its brand has overruled is not the owner's of the brand.
_SUPPORTED = """
    SELECT product.id FROM products AS product JOIN brands AS brand ON brand.id = product.brand_id
    WHERE product.owner_id = $1 AND claim_verification_status = 'prefix_matched' AND gtin > $2
    AND brand.id = ANY($3::uuid[]) AND brand.organization_id = $1 AND brand.is_active
    ORDER BY gtin LIMIT $4 FOR UPDATE OF product SKIP LOCKED
"""


async def store(
    connection: Connection, organization_id: UUID, name: str, *, token: str, at: datetime
) -> Domain:
    """Store a domain of the organization; one that is stored already keeps its token."""
    row = await get_row(
        connection,
        f"""
        INSERT INTO organization_domains AS stored (organization_id, domain, token, created)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (organization_id, domain) DO UPDATE SET token = stored.token RETURNING {_COLUMNS}
        """,  # noqa: S608 - our own
        organization_id,
        name,
        token,
        at,
    )
    return Domain(**row)


async def find_pending(connection: Connection, organization_id: UUID, name: str) -> Domain | None:
    """Return a domain that is not proved yet, of an organization that is a brand."""
    row = await connection.fetchrow(
        f"""
        SELECT {_COLUMNS} FROM organization_domains
        WHERE organization_id = $1 AND domain = $2 AND proved_at IS NULL AND {_IS_BRAND}
        """,  # noqa: S608 - our own
        organization_id,
        name,
    )
    return None if row is None else Domain(**row)


async def set_proved(connection: Connection, organization_id: UUID, name: str, *, at: datetime) -> None:
    """Say that a domain is proved."""
    await connection.execute(
        "UPDATE organization_domains SET proved_at = $3 WHERE organization_id = $1 AND domain = $2",
        organization_id,
        name,
        at,
    )


async def fetch_proved(connection: Connection, organization_id: UUID) -> frozenset[str]:
    """Return the proved domains of an organization that is a brand."""
    rows = await connection.fetch(
        "SELECT domain FROM organization_domains"  # noqa: S608 - our own
        f" WHERE organization_id = $1 AND proved_at IS NOT NULL AND {_IS_BRAND}",
        organization_id,
    )
    return frozenset(row["domain"] for row in rows)


async def fetch_websites(connection: Connection, organization_id: UUID) -> list[tuple[UUID, str]]:
    """Return the organization's brands that have a website, with it."""
    rows = await connection.fetch(
        "SELECT id, website FROM brands WHERE organization_id = $1 AND is_active AND website <> ''",
        organization_id,
    )
    return [(row["id"], row["website"]) for row in rows]


async def verify_claims(
    connection: Connection,
    organization_id: UUID,
    brand_ids: Sequence[UUID],
    *,
    after: str,
    limit: int,
    at: datetime,
) -> list[str]:
    """Raise the tier of the organization's prefix-matched claims to products of these brands of its own.

    Return the GTINs, sorted: those after *after*, and not more than *limit*.
    """
    rows = await connection.fetch(
        f"""
        WITH supported AS ({_SUPPORTED})
        UPDATE products SET claim_verification_status = 'verified', modified = $5
        FROM supported WHERE products.id = supported.id RETURNING products.gtin
        """,  # noqa: S608 - our own
        organization_id,
        after,
        brand_ids,
        limit,
        at,
    )
    return sorted(row["gtin"] for row in rows)


async def forget(connection: Connection, organization_id: UUID) -> None:
    """Forget which domains an organization had."""
    await connection.execute("DELETE FROM organization_domains WHERE organization_id = $1", organization_id)
