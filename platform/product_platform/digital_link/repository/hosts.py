"""Every query about the host names of organizations."""

from datetime import datetime
from uuid import UUID

from asyncpg import UniqueViolationError

from product_platform.digital_link.errors import HostListedError, HostTakenError
from product_platform.digital_link.models import CustomHost
from product_platform.kit.db import Connection
from product_platform.kit.pagination import Page, PageQuery, fetch_page


async def fetch_list(connection: Connection, organization_id: UUID, query: PageQuery) -> Page[CustomHost]:
    """Return a page of the organization's hosts, by name."""
    sql = "SELECT * FROM custom_hosts WHERE organization_id = $1 ORDER BY name"
    page = await fetch_page(connection, sql, (organization_id,), query)
    return page.map(lambda row: CustomHost(**row))


async def find(connection: Connection, organization_id: UUID, host_id: UUID) -> CustomHost | None:
    """Return the organization's host with this id."""
    row = await connection.fetchrow(
        "SELECT * FROM custom_hosts WHERE organization_id = $1 AND id = $2 FOR UPDATE",
        organization_id,
        host_id,
    )
    return None if row is None else CustomHost(**row)


async def find_verified(connection: Connection, name: str) -> CustomHost | None:
    """Return the host that has *name*, whoever's it is."""
    row = await connection.fetchrow(
        "SELECT * FROM custom_hosts WHERE name = $1 AND verified_at IS NOT NULL FOR UPDATE", name
    )
    return None if row is None else CustomHost(**row)


async def is_bound(connection: Connection, name: str) -> bool:
    """Return whether an organization that is still there has *name*."""
    found: bool = await connection.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM custom_hosts AS host JOIN organizations ON organizations.id = organization_id
            WHERE host.name = $1 AND verified_at IS NOT NULL AND deleted_at IS NULL
        )
        """,
        name,
    )
    return found


async def insert(
    connection: Connection, organization_id: UUID, name: str, *, token: str, at: datetime
) -> CustomHost:
    """Add a host that is not verified; raises HostListedError when the organization has it already."""
    try:
        row = await connection.fetchrow(
            """
            INSERT INTO custom_hosts (organization_id, name, token, created, modified)
            VALUES ($1, $2, $3, $4, $4) RETURNING *
            """,
            organization_id,
            name,
            token,
            at,
        )
    except UniqueViolationError as error:
        raise HostListedError(name) from error
    assert row is not None  # noqa: S101  # inserted
    return CustomHost(**row)


async def set_verified(connection: Connection, host: CustomHost, at: datetime | None) -> None:
    """Bind *host* at *at*, or release it; raises HostTakenError when another one has its name."""
    try:
        await connection.execute(
            "UPDATE custom_hosts SET verified_at = $2, modified = coalesce($2, modified) WHERE id = $1",
            host.id,
            at,
        )
    except UniqueViolationError as error:
        raise HostTakenError(host.name) from error


async def delete(connection: Connection, host_id: UUID) -> None:
    """Delete a host."""
    await connection.execute("DELETE FROM custom_hosts WHERE id = $1", host_id)
