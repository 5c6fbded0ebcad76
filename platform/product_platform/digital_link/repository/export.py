"""All that an organization has, row by row, for a file."""

from collections.abc import AsyncIterator
from uuid import UUID

from asyncpg import Record

from product_platform.kit.db import Connection

_OWNED = """
    WITH owned AS (
        SELECT products.*, brands.name AS brand FROM products LEFT JOIN brands ON brands.id = brand_id
        WHERE coalesce(CASE WHEN brands.is_active THEN brands.organization_id END, owner_id) = $1
    )
"""

ORGANIZATION = "SELECT name, country, is_brand, metadata FROM organizations WHERE id = $1"

BRANDS = "SELECT * FROM brands WHERE organization_id = $1 AND is_active ORDER BY name_key"

PRODUCTS = f"{_OWNED} SELECT * FROM owned ORDER BY gtin"  # noqa: S608  # no value comes from outside

LOTS = f"""{_OWNED}
    SELECT gtin, code, production_date, expiry_date, lots.resolver_enabled
    FROM owned JOIN lots ON product_id = owned.id ORDER BY gtin, code
"""  # noqa: S608  # as above

SERIALS = f"""{_OWNED}
    SELECT gtin, serial, code AS lot, coalesce(flag, 'authentic') AS state, serials.resolver_enabled
    FROM owned JOIN serials ON serials.product_id = owned.id LEFT JOIN lots ON lots.id = lot_id
    ORDER BY gtin, serial
"""  # noqa: S608  # as above

CUSTOM_URLS = """
    SELECT url, status FROM custom_urls
    WHERE organization_id = $1 AND (NOT made_by_rule OR status <> 'UNKNOWN') ORDER BY url
"""

RULES = """
    SELECT rule.*, gtin FROM resolution_rules AS rule LEFT JOIN products ON products.id = product_id
    WHERE organization_id = $1 ORDER BY slice_key, order_index
"""


async def stream(connection: Connection, sql: str, organization_id: UUID) -> AsyncIterator[Record]:
    """Yield the rows of one of the queries above; the caller has opened a transaction."""
    async for row in connection.cursor(sql, organization_id):
        yield row
