"""Every query about single products."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from asyncpg import Record

from product_platform.kit.db import Connection
from product_platform.products.models import Product, take_over

OWNER = "coalesce(CASE WHEN brand.is_active THEN brand.organization_id END, product.owner_id)"
_CLAIMED_AT = f"""
    CASE WHEN {OWNER} IS DISTINCT FROM product.owner_id THEN brand.claimed_at ELSE product.claimed_at END
"""
PRODUCTS = f"""
    SELECT product.*, coalesce(brand.name, '') AS brand, {OWNER} AS current_owner_id,
        {_CLAIMED_AT} AS current_claimed_at
    FROM products AS product LEFT JOIN brands AS brand ON brand.id = product.brand_id
"""  # noqa: S608 - no value comes from outside


async def find(connection: Connection, gtin: str, *, lock: bool = False) -> Product | None:
    """Return the product; *lock* keeps it as it is until the transaction ends."""
    sql = f"{PRODUCTS} WHERE product.gtin = $1 {'FOR UPDATE OF product' if lock else ''}"
    row = await connection.fetchrow(sql, gtin)
    return None if row is None else to_product(row)


async def fetch_many(connection: Connection, gtins: Iterable[str]) -> list[Product]:
    """Return those of the products that are stored."""
    rows = await connection.fetch(f"{PRODUCTS} WHERE product.gtin = ANY($1::text[])", list(gtins))
    return [to_product(row) for row in rows]


async def fetch_names(connection: Connection, brand_id: UUID) -> list[tuple[UUID, str]]:
    """Return id and display name of each product of a brand, by name; one without a name is its GTIN."""
    rows = await connection.fetch(
        """
        SELECT id, coalesce(nullif(product_name, ''), gtin) AS name FROM products
        WHERE brand_id = $1 ORDER BY lower(coalesce(nullif(product_name, ''), gtin)), id
        """,
        brand_id,
    )
    return [(row["id"], row["name"]) for row in rows]


async def insert(connection: Connection, columns: Mapping[str, Any]) -> bool:
    """Store a new product; False when its GTIN is stored already."""
    # The names of the columns are those of our own schemas; only values come from outside.
    places = ", ".join(f"${at}" for at in range(1, len(columns) + 1))
    status = await connection.execute(
        f"INSERT INTO products ({', '.join(columns)}) VALUES ({places}) ON CONFLICT (gtin) DO NOTHING",  # noqa: S608
        *columns.values(),
    )
    return status == "INSERT 0 1"


async def update(connection: Connection, product_id: UUID, changes: Mapping[str, Any]) -> None:
    """Set columns of a product."""
    assignments = ", ".join(f"{column} = ${at}" for at, column in enumerate(changes, start=2))
    await connection.execute(
        f"UPDATE products SET {assignments} WHERE id = $1",  # noqa: S608 - as in insert
        product_id,
        *changes.values(),
    )


def to_product(row: Record) -> Product:
    """Read a row of `PRODUCTS`."""
    values, owner_id = dict(row), row["current_owner_id"]
    if owner_id != values["owner_id"]:
        values |= take_over(values["field_confidence"], claimed_at=values["current_claimed_at"])
    return Product(
        id=values["id"],
        gtin=values["gtin"],
        owner_id=owner_id,
        claim_verification_status=values["claim_verification_status"],
        claimed_at=values["claimed_at"],
        values=values,
    )
