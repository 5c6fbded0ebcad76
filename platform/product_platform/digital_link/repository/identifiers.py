"""Every query about primary keys that are no products: whose they are, and what they are called."""

from datetime import datetime
from uuid import UUID

from product_platform.kit.db import Connection
from rules_compiler.model import SliceKey

_REGISTER = """
    INSERT INTO identifiers (key, organization_id, product_id, name, created, modified)
    VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (key) DO NOTHING
"""


async def register(
    connection: Connection, key: SliceKey, *, organization_id: UUID, name: str, at: datetime
) -> UUID:
    """Make *key* the organization's, if it is nobody's yet, and return whose it is."""
    await connection.execute(_REGISTER, key, organization_id, None, name, at)
    owner: UUID = await connection.fetchval("SELECT organization_id FROM identifiers WHERE key = $1", key)
    return owner


async def register_piece(
    connection: Connection, key: SliceKey, *, product_id: UUID, name: str, at: datetime
) -> None:
    """Make *key* a piece of the product, if it is not yet."""
    await connection.execute(_REGISTER, key, None, product_id, name, at)
