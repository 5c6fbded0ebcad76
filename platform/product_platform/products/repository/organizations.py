"""Every query about all claims of one organization."""

from uuid import UUID

from product_platform.kit.db import Connection
from product_platform.products.models.trust import AUTHORITY
from product_platform.products.schemas.fields import DataSource

# The source $1 vouches, with the weight $2, for all that is known.
_VOUCHED = """
    data_source = $1, confidence_score = CASE WHEN field_confidence = '{}' THEN 0 ELSE $2::float8 END,
    field_confidence = (
        SELECT coalesce(jsonb_object_agg(name, $2::float8), '{}')
        FROM jsonb_object_keys(field_confidence) AS name
    ),
    field_sources = (
        SELECT coalesce(jsonb_object_agg(name, $1::text), '{}')
        FROM jsonb_object_keys(field_confidence) AS name
    )
"""


async def release_all(connection: Connection, organization_id: UUID) -> list[str]:
    """Give up every claim to what the organization owns, remember its own, and return the GTINs."""
    await connection.execute(
        """
        INSERT INTO tombstoned_claims (organization_id, product_id, claim_verification_status, claimed_at)
        SELECT owner_id, id, claim_verification_status, claimed_at FROM products WHERE owner_id = $1
        """,
        organization_id,
    )
    rows = await connection.fetch(
        f"""
        UPDATE products
        SET owner_id = NULL, claim_verification_status = NULL, claimed_at = NULL, {_VOUCHED}
        WHERE owner_id = $3
        OR brand_id IN (SELECT id FROM brands WHERE organization_id = $3 AND is_active)
        RETURNING gtin
        """,  # noqa: S608 - no value comes from outside
        DataSource.CROWD_SOURCED,
        AUTHORITY[DataSource.CROWD_SOURCED],
        organization_id,
    )
    return [row["gtin"] for row in rows]


async def release_brand(connection: Connection, brand_id: UUID) -> list[str]:
    """Give up every claim to the products of a brand, and return their GTINs."""
    rows = await connection.fetch(
        f"""
        UPDATE products
        SET owner_id = NULL, claim_verification_status = NULL, claimed_at = NULL, {_VOUCHED}
        WHERE brand_id = $3 RETURNING gtin
        """,  # noqa: S608 - as above
        DataSource.CROWD_SOURCED,
        AUTHORITY[DataSource.CROWD_SOURCED],
        brand_id,
    )
    return [row["gtin"] for row in rows]


async def take_back(connection: Connection, organization_id: UUID) -> list[str]:
    """Give an organization its former claims where nobody owns the product, and return the GTINs."""
    rows = await connection.fetch(
        f"""
        WITH remembered AS (DELETE FROM tombstoned_claims WHERE organization_id = $3 RETURNING *)
        UPDATE products SET owner_id = remembered.organization_id, claimed_at = remembered.claimed_at,
            claim_verification_status = remembered.claim_verification_status, {_VOUCHED}
        FROM remembered
        WHERE products.id = remembered.product_id AND products.owner_id IS NULL AND NOT EXISTS (
            SELECT FROM brands
            WHERE brands.id = products.brand_id AND is_active AND brands.organization_id <> $3
        )
        RETURNING gtin
        """,  # noqa: S608 - as above
        DataSource.CLAIMED,
        AUTHORITY[DataSource.CLAIMED],
        organization_id,
    )
    return [row["gtin"] for row in rows]


async def forget_released(connection: Connection, organization_id: UUID) -> None:
    """Forget what an organization had claimed."""
    await connection.execute("DELETE FROM tombstoned_claims WHERE organization_id = $1", organization_id)
