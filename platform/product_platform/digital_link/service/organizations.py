"""All that an organization has here, as the organization comes and goes."""

from uuid import UUID

from product_platform.digital_link.repository import organizations as repository
from product_platform.kit.db import Connection
from product_platform.kit.outbox import record_changes


async def announce_hosts(connection: Connection, organization_id: UUID) -> None:
    """Say that the hosts of an organization may answer otherwise: a deleted one has none."""
    names = await repository.fetch_host_names(connection, organization_id)
    await record_changes(connection, [f"host/{name}" for name in names], organization_id)


async def forget(connection: Connection, organization_id: UUID) -> None:
    """Delete the rules of an organization with their history, its targets, hosts and identifiers.

    The slices that hold something of it are compiled anew. Scans stay.
    """
    keys = await repository.fetch_slice_keys(connection, organization_id)
    await repository.delete_all(connection, organization_id)
    await record_changes(connection, keys, organization_id)
