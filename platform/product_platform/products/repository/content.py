"""Every query about what labels say: pictures, ingredients, nutrition."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from product_platform.kit.db import Connection
from product_platform.kit.pagination import Page, PageQuery, fetch_page
from product_platform.products.schemas.content import ImageRecord, Nutrition

IMAGES = """
    SELECT * FROM product_images WHERE product_id = $1
    ORDER BY is_primary DESC, priority, created DESC, id
"""
INGREDIENTS = """
    SELECT * FROM ingredients WHERE product_id = $1 AND ($2::boolean IS NULL OR is_major_allergen = $2)
    ORDER BY priority
"""


async def fetch_images(connection: Connection, product_id: UUID, query: PageQuery) -> Page[Record]:
    """Return a page of the pictures, the primary one first."""
    return await fetch_page(connection, IMAGES, (product_id,), query)


async def fetch_all_images(connection: Connection, product_id: UUID) -> list[Record]:
    """Return all pictures, the primary one first."""
    return await connection.fetch(IMAGES, product_id)


async def fetch_ingredients(
    connection: Connection, product_id: UUID, query: PageQuery, *, is_major_allergen: bool | None
) -> Page[Record]:
    """Return a page of the ingredients, as the label has them."""
    return await fetch_page(connection, INGREDIENTS, (product_id, is_major_allergen), query)


async def fetch_all_ingredients(connection: Connection, product_id: UUID) -> list[Record]:
    """Return all ingredients, as the label has them."""
    return await connection.fetch(INGREDIENTS, product_id, None)


async def replace_ingredients(
    connection: Connection, product_id: UUID, rows: Sequence[Sequence[Any]]
) -> None:
    """Store these ingredients in the place of all others: name, allergen, may contain, percentage."""
    await connection.execute("DELETE FROM ingredients WHERE product_id = $1", product_id)
    await connection.executemany(
        "INSERT INTO ingredients (product_id, priority, name, is_major_allergen, may_contain, percentage)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        [(product_id, priority, *row) for priority, row in enumerate(rows, start=1)],
    )


async def find_nutrition(connection: Connection, product_id: UUID) -> Nutrition | None:
    """Return the nutrition panel."""
    row = await connection.fetchrow("SELECT * FROM nutrition_panels WHERE product_id = $1", product_id)
    return None if row is None else Nutrition.model_validate(dict(row))


async def store_nutrition(connection: Connection, product_id: UUID, panel: Nutrition) -> None:
    """Store the nutrition panel in the place of any other."""
    await connection.execute(
        """
        INSERT INTO nutrition_panels AS panel
            (product_id, serving_size, serving_size_g, servings_per_container, label_format, nutrients)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (product_id) DO UPDATE SET
            (serving_size, serving_size_g, servings_per_container, label_format, nutrients) =
            (EXCLUDED.serving_size, EXCLUDED.serving_size_g, EXCLUDED.servings_per_container,
             EXCLUDED.label_format, EXCLUDED.nutrients)
        """,
        product_id,
        panel.serving_size,
        panel.serving_size_g,
        panel.servings_per_container,
        panel.label_format,
        panel.model_dump(mode="json")["nutrients"],
    )


async def store_image(connection: Connection, product_id: UUID, image: ImageRecord, *, at: datetime) -> None:
    """Store a picture, or what is new of it; a primary one takes that place from any other."""
    if image.is_primary:
        await connection.execute(
            "UPDATE product_images SET is_primary = false WHERE product_id = $1 AND is_primary"
            " AND image_url <> $2",
            product_id,
            image.image_url,
        )
    columns = {"product_id": product_id, **image.model_dump(), "created": at}
    given = ", ".join(image.model_fields_set | {"image_url"})
    new = ", ".join(f"EXCLUDED.{name}" for name in image.model_fields_set | {"image_url"})
    places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
    await connection.execute(
        f"INSERT INTO product_images ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - our own names
        f" ON CONFLICT (product_id, image_url) DO UPDATE SET ({given}) = ROW({new})",
        *columns.values(),
    )
