"""Every query that concerns many products at once, as a file of them does."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from product_platform.kit.db import Connection
from product_platform.products.models import Product
from product_platform.products.repository.products import PRODUCTS, to_product


async def fetch_brand_organizations(connection: Connection, among: Iterable[UUID]) -> list[UUID]:
    """Return those of the organizations that are brands."""
    rows = await connection.fetch(
        "SELECT id FROM organizations WHERE id = ANY($1::uuid[]) AND is_brand AND deleted_at IS NULL"
        " ORDER BY id",
        list(among),
    )
    return [row["id"] for row in rows]


async def lock(connection: Connection, gtins: Collection[str]) -> dict[str, Product]:
    """Return those of the products that are stored, kept as they are until the transaction ends."""
    # In one order, so that two who lock the same products never block each other for good.
    rows = await connection.fetch(
        f"{PRODUCTS} WHERE product.gtin = ANY($1::text[]) ORDER BY product.gtin FOR UPDATE OF product",
        list(gtins),
    )
    return {row["gtin"]: to_product(row) for row in rows}


async def create(connection: Connection, gtins: Collection[str], *, at: datetime) -> set[str]:
    """Store those of the products that are not there yet, and return them."""
    rows = await connection.fetch(
        """
        INSERT INTO products (gtin, created) SELECT gtin, $2 FROM unnest($1::text[]) AS gtin ORDER BY gtin
        ON CONFLICT (gtin) DO NOTHING RETURNING gtin
        """,
        list(gtins),
        at,
    )
    return {row["gtin"] for row in rows}


async def update(connection: Connection, changes: Sequence[tuple[UUID, Mapping[str, Any]]]) -> None:
    """Set columns of products, which may be others for each."""
    alike: defaultdict[tuple[str, ...], list[list[Any]]] = defaultdict(list)
    for product_id, columns in changes:
        names = tuple(sorted(columns))
        alike[names].append([product_id, *(columns[name] for name in names)])
    for names, rows in alike.items():
        # The names are those of our own schemas; only values come from outside.
        assignments = ", ".join(f"{name} = ${place}" for place, name in enumerate(names, start=2))
        await connection.executemany(f"UPDATE products SET {assignments} WHERE id = $1", rows)  # noqa: S608


async def set_primary_images(connection: Connection, urls: Mapping[UUID, str], *, at: datetime) -> None:
    """Make these the primary pictures of their products."""
    ids, values = list(urls), list(urls.values())
    await connection.execute(
        """
        UPDATE product_images AS image SET is_primary = false
        FROM unnest($1::uuid[], $2::text[]) AS given (product_id, url)
        WHERE image.product_id = given.product_id AND is_primary AND image_url <> url
        """,
        ids,
        values,
    )
    await connection.execute(
        """
        INSERT INTO product_images (product_id, image_url, is_primary, created)
        SELECT product_id, url, true, $3 FROM unnest($1::uuid[], $2::text[]) AS given (product_id, url)
        ON CONFLICT (product_id, image_url) DO UPDATE SET is_primary = true
        """,
        ids,
        values,
        at,
    )
