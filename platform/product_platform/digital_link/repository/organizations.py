"""All that one organization has here."""

from uuid import UUID

from product_platform.kit.db import Connection
from rules_compiler.model import SliceKey

# Whatever refers to another comes before it.
_TABLES = ("rule_changes", "rule_versions", "resolution_rules", "custom_urls", "custom_hosts", "identifiers")


async def fetch_host_names(connection: Connection, organization_id: UUID) -> list[str]:
    """Return the names of the hosts that are bound to the organization."""
    rows = await connection.fetch(
        "SELECT name FROM custom_hosts WHERE organization_id = $1 AND verified_at IS NOT NULL",
        organization_id,
    )
    return [row["name"] for row in rows]


async def fetch_slice_keys(connection: Connection, organization_id: UUID) -> list[SliceKey]:
    """Return the keys of all slices that hold something of the organization but what is said of itself."""
    rows = await connection.fetch(
        """
        SELECT slice_key AS key FROM resolution_rules WHERE organization_id = $1
        UNION SELECT item_key FROM resolution_rules WHERE organization_id = $1
        UNION SELECT key FROM identifiers WHERE organization_id = $1
        """,
        organization_id,
    )
    return [row["key"] for row in rows]


async def delete_all(connection: Connection, organization_id: UUID) -> None:
    """Delete every row of the organization."""
    for table in _TABLES:
        await connection.execute(f"DELETE FROM {table} WHERE organization_id = $1", organization_id)  # noqa: S608
