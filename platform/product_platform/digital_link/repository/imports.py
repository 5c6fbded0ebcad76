"""What a load of another resolver's document asks of the rules that are there."""

from datetime import datetime
from uuid import UUID

from product_platform.digital_link.models import StoredRule
from product_platform.kit.db import Connection
from rules_compiler.model import SliceKey


async def get_default_link_type(connection: Connection, organization_id: UUID) -> str:
    """Return the descriptive link type of the organization's defaults."""
    link_type: str = await connection.fetchval(
        "SELECT default_link_type FROM organizations WHERE id = $1", organization_id
    )
    return link_type


async def fetch_marked(
    connection: Connection, organization_id: UUID, key: SliceKey, mark: str
) -> list[StoredRule]:
    """Return the organization's rules of a slice that bear the metadata key *mark*, in their order."""
    rows = await connection.fetch(
        """
        SELECT * FROM resolution_rules WHERE organization_id = $1 AND slice_key = $2 AND metadata ? $3
        ORDER BY order_index
        """,
        organization_id,
        key,
        mark,
    )
    return [StoredRule.from_row(row) for row in rows]


async def name_key(
    connection: Connection, key: SliceKey, name: str, *, instead_of: str, at: datetime
) -> bool:
    """Give a primary key that is no product another name; False when it has one, or is not there."""
    status = await connection.execute(
        "UPDATE identifiers SET name = $2, modified = $4 WHERE key = $1 AND name = $3 AND name <> $2",
        key,
        name,
        instead_of,
        at,
    )
    return status == "UPDATE 1"
