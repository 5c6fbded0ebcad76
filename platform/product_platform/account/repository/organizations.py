"""Organizations, as far as a principal sees them; a deleted one is seen by nobody."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from product_platform.account.models import Organization
from product_platform.kit.db import Connection, get_row
from product_platform.kit.pagination import Page, PageQuery, fetch_page, order_by
from product_platform.kit.permissions import (
    OrganizationNotFoundError,
    Permission,
    Principal,
    Role,
)

_COLUMNS = "id, name, country, is_brand, metadata"
_ORDERINGS = {"name": "name", "created": "created"}


class VisibleOrganizations:
    """The organizations of one principal; no other can be read or changed through this."""

    def __init__(self, connection: Connection, principal: Principal) -> None:
        self._connection = connection
        self._principal = principal
        self._ids = list(principal.organizations)

    async def fetch_page(
        self, query: PageQuery, *, metadata: Mapping[str, str], ordering: str
    ) -> Page[Organization]:
        """Return a page of those whose metadata contain *metadata*."""
        page = await fetch_page(
            self._connection,
            f"""
            SELECT {_COLUMNS} FROM organizations
            WHERE id = ANY($1) AND deleted_at IS NULL AND metadata @> $2
            {order_by(ordering, _ORDERINGS)}
            """,  # noqa: S608 - the columns and the order are our own
            (self._ids, dict(metadata)),
            query,
        )
        return page.map(lambda row: Organization(**row))

    async def fetch_all(self) -> list[Organization]:
        """Return all of them, by name."""
        rows = await self._connection.fetch(
            f"""
            SELECT {_COLUMNS} FROM organizations WHERE id = ANY($1) AND deleted_at IS NULL ORDER BY name, id
            """,  # noqa: S608
            self._ids,
        )
        return [Organization(**row) for row in rows]

    async def get(self, organization_id: UUID) -> Organization:
        """Return one of them; raises OrganizationNotFoundError."""
        self._principal.require(Permission.VIEW, organization_id)
        return await self._get(organization_id, suffix="")

    async def get_to_manage(self, organization_id: UUID) -> Organization:
        """Return one that the principal may change, kept as it is until the transaction ends."""
        self._principal.require(Permission.MANAGE_ORG, organization_id)
        return await self._get(organization_id, suffix="FOR UPDATE")

    async def store(self, organization: Organization, *, at: datetime) -> None:
        """Write down *organization*, which was got to be managed."""
        self._principal.require(Permission.MANAGE_ORG, organization.id)
        await self._connection.execute(
            """
            UPDATE organizations SET name = $2, country = $3, is_brand = $4, metadata = $5, modified = $6
            WHERE id = $1
            """,
            organization.id,
            organization.name,
            organization.country,
            organization.is_brand,
            organization.metadata,
            at,
        )

    async def requires_reauthentication(self, organization_id: UUID) -> bool:
        """Tell whether a person has to give the password to delete the organization."""
        required: bool = await self._connection.fetchval(
            "SELECT require_reauth_to_delete FROM organizations WHERE id = $1", organization_id
        )
        return required

    async def delete(self, organization_id: UUID, *, at: datetime) -> None:
        """Delete an organization that was got to be managed; it is seen by nobody from the commit on."""
        self._principal.require(Permission.MANAGE_ORG, organization_id)
        await self._connection.execute(
            "UPDATE organizations SET deleted_at = $2, modified = $2 WHERE id = $1", organization_id, at
        )

    async def _get(self, organization_id: UUID, suffix: str) -> Organization:
        row = await self._connection.fetchrow(
            f"SELECT {_COLUMNS} FROM organizations WHERE id = $1 AND deleted_at IS NULL {suffix}",  # noqa: S608
            organization_id,
        )
        if row is None:
            raise OrganizationNotFoundError(organization_id)
        return Organization(**row)


async def insert(
    connection: Connection, values: Mapping[str, Any], *, owner_id: UUID, at: datetime
) -> Organization:
    """Store a new organization with its first owner."""
    row = await get_row(
        connection,
        f"""
        INSERT INTO organizations (name, country, is_brand, metadata, created, modified)
        VALUES ($1, $2, $3, $4, $5, $5) RETURNING {_COLUMNS}
        """,  # noqa: S608
        values["name"],
        values["country"],
        values["is_brand"],
        values["metadata"],
        at,
    )
    organization = Organization(**row)
    await connection.execute(
        "INSERT INTO memberships (user_id, organization_id, role, created) VALUES ($1, $2, $3, $4)",
        owner_id,
        organization.id,
        Role.OWNER,
        at,
    )
    return organization


async def get_name(connection: Connection, organization_id: UUID) -> str:
    """Return the name of an organization, for mail about it."""
    name: str = (await get_row(connection, "SELECT name FROM organizations WHERE id = $1", organization_id))[
        0
    ]
    return name


async def restore(connection: Connection, organization_id: UUID, *, at: datetime) -> bool:
    """Bring a deleted organization back; False when there is none, or it is purged."""
    status = await connection.execute(
        "UPDATE organizations SET deleted_at = NULL, modified = $2"
        " WHERE id = $1 AND deleted_at IS NOT NULL AND purged_at IS NULL",
        organization_id,
        at,
    )
    return status == "UPDATE 1"


async def lock_deleted(connection: Connection, organization_id: UUID, *, deleted_at: datetime) -> bool:
    """Tell whether the organization was deleted at that instant and not restored since, and keep it so."""
    found = await connection.fetchval(
        "SELECT id FROM organizations WHERE id = $1 AND deleted_at = $2 AND purged_at IS NULL FOR UPDATE",
        organization_id,
        deleted_at,
    )
    return found is not None


async def purge(connection: Connection, organization_id: UUID, *, at: datetime) -> None:
    """Take away what is known of a deleted organization; its row stays, for others refer to it."""
    for table in ("memberships", "api_keys"):
        await connection.execute(f"DELETE FROM {table} WHERE organization_id = $1", organization_id)  # noqa: S608
    await connection.execute(
        "UPDATE organizations SET name = '', metadata = '{}', purged_at = $2, modified = $2 WHERE id = $1",
        organization_id,
        at,
    )
