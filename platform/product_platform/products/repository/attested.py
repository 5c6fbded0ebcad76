"""Every query about what others attest of a product."""

from datetime import date
from uuid import UUID

from asyncpg import Record

from product_platform.kit.db import Connection
from product_platform.kit.pagination import Page, PageQuery, fetch_page
from product_platform.products.schemas.attested import CertificationFilters

# $2 is today: both ends of a validity belong to it, and one that is open never comes.
_IS_ACTIVE = "$2 BETWEEN coalesce(valid_from, '-infinity') AND coalesce(expiration_date, 'infinity')"
_CERTIFICATIONS = f"""
    SELECT certification.id, label, code, certification.description, url, logo_url, assignment.*,
        expiration_date AS expiry_date, {_IS_ACTIVE} AS is_active
    FROM product_certifications AS assignment
    JOIN certifications AS certification ON certification.id = certification_id
    WHERE product_id = $1 AND (organization_id IS NULL OR organization_id = ANY($3::uuid[]))
"""  # noqa: S608 - no value comes from outside
_CLAIMS = """
    SELECT claim.id, label, code, category, assignment.* FROM product_claims AS assignment
    JOIN claims AS claim ON claim.id = claim_id WHERE product_id = $1 ORDER BY label, claim.id
"""
# What is not known comes last in either direction.
_CERTIFICATION_ORDERS = {
    "label": "ORDER BY label ASC, certification.id",
    "-label": "ORDER BY label DESC, certification.id",
    "expiry_date": "ORDER BY expiration_date ASC NULLS LAST, certification.id",
    "-expiry_date": "ORDER BY expiration_date DESC NULLS LAST, certification.id",
}


async def fetch_certifications(
    connection: Connection,
    product_id: UUID,
    query: PageQuery,
    *,
    filters: CertificationFilters,
    today: date,
    seen: list[UUID],
) -> Page[Record]:
    """Return a page of the product's certifications; private ones are those of organizations in *seen*."""
    sql = f"""
        {_CERTIFICATIONS} AND ($4::text IS NULL OR verification_status = $4)
        AND ($5::boolean IS NULL OR {_IS_ACTIVE} = $5)
        {_CERTIFICATION_ORDERS[filters.ordering]}
    """
    args = (product_id, today, seen, filters.verification_status, filters.is_active)
    return await fetch_page(connection, sql, args, query)


async def fetch_all_certifications(
    connection: Connection, product_id: UUID, *, today: date, seen: list[UUID]
) -> list[Record]:
    """Return all certifications of the product, by label."""
    sql = f"{_CERTIFICATIONS} {_CERTIFICATION_ORDERS['label']}"
    return await connection.fetch(sql, product_id, today, seen)


async def fetch_claims(connection: Connection, product_id: UUID, query: PageQuery) -> Page[Record]:
    """Return a page of the claims of the product's label, by name."""
    return await fetch_page(connection, _CLAIMS, (product_id,), query)


async def fetch_all_claims(connection: Connection, product_id: UUID) -> list[Record]:
    """Return all claims of the product's label, by name."""
    return await connection.fetch(_CLAIMS, product_id)
