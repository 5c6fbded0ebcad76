"""Every query about what others than owners say of products."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from product_platform.kit.db import Connection
from product_platform.products.models.trust import Voice
from product_platform.products.schemas.fields import DataSource


async def store(
    connection: Connection,
    product_id: UUID,
    values: Mapping[str, Any],
    *,
    source: DataSource,
    contributor: str,
    at: datetime,
) -> None:
    """Store what a contributor says of each field, in the place of what it said before."""
    await connection.executemany(
        """
        INSERT INTO contributions (product_id, field, value, source, contributor, at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (product_id, field, source, contributor) DO UPDATE SET (value, at) =
            (EXCLUDED.value, EXCLUDED.at)
        """,
        [(product_id, field, value, source, contributor, at) for field, value in values.items()],
    )


async def fetch_voices(connection: Connection, product_id: UUID) -> dict[str, list[Voice]]:
    """Return what is said of each field, in the order in which it came."""
    rows = await connection.fetch(
        "SELECT field, value, source FROM contributions WHERE product_id = $1 ORDER BY at, id", product_id
    )
    voices: dict[str, list[Voice]] = {}
    for row in rows:
        voices.setdefault(row["field"], []).append(Voice(row["value"], DataSource(row["source"])))
    return voices
