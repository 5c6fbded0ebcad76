"""Members of one organization, as far as a principal may see and change them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from product_platform.account.errors import MemberNotFoundError
from product_platform.account.models import Member
from product_platform.kit.db import Connection
from product_platform.kit.pagination import Page, PageQuery, fetch_page
from product_platform.kit.permissions import (
    PERMISSIONS,
    KeyType,
    OrganizationNotFoundError,
    Permission,
    Principal,
    Role,
)

_MEMBERS = """
    SELECT m.id, m.user_id, m.role, u.email, u.name, u.metadata
    FROM memberships m JOIN users u ON u.id = m.user_id
"""


class OrganizationMembers:
    """The members of one organization, for a principal who belongs to it, or it cannot be made."""

    def __init__(self, connection: Connection, principal: Principal, organization_id: UUID) -> None:
        principal.require(Permission.VIEW, organization_id)
        self._connection = connection
        self._principal = principal
        self._organization_id = organization_id

    async def fetch_page(self, query: PageQuery, *, roles: Sequence[str], text: str) -> Page[Member]:
        """Return a page of those with one of *roles* whose name or address has *text* in it, owners first."""
        page = await fetch_page(
            self._connection,
            f"""
            {_MEMBERS} WHERE m.organization_id = $1 AND m.role = ANY($2::text[])
            AND (strpos(lower(u.email), lower($3)) > 0 OR strpos(lower(u.name), lower($3)) > 0)
            ORDER BY m.role <> 'owner', lower(u.email), m.id
            """,
            (self._organization_id, list(roles), text),
            query,
        )
        return page.map(_to_member)

    async def get(self, member_id: UUID) -> Member:
        """Return one member; raises MemberNotFoundError."""
        row = await self._connection.fetchrow(
            f"{_MEMBERS} WHERE m.id = $1 AND m.organization_id = $2", member_id, self._organization_id
        )
        if row is None:
            raise MemberNotFoundError(member_id)
        return _to_member(row)

    async def get_to_manage(self, member_id: UUID) -> Member:
        """Return a member whom the principal may change, while nobody else changes any member.

        Everybody may leave, except by a key that only reads or that acts for an organization.
        """
        await self._lock()
        member = await self.get(member_id)
        if not self._is_self(member):
            self._principal.require(Permission.MANAGE_MEMBERS, self._organization_id)
            self.require_rank(member.role)
        return member

    def require_rank(self, role: Role) -> None:
        """Refuse to give or take the role *role*: only an owner makes and unmakes owners."""
        self._principal.require(Permission.MANAGE_MEMBERS, self._organization_id)
        if role is Role.OWNER:
            self._principal.require(Permission.MANAGE_ORG, self._organization_id)

    async def add(self, user_id: UUID, role: Role, *, at: datetime) -> Member | None:
        """Let a user belong to the organization; None when that is so already."""
        self.require_rank(role)
        await self._lock()
        member_id: UUID | None = await self._connection.fetchval(
            """
            INSERT INTO memberships (user_id, organization_id, role, created) VALUES ($1, $2, $3, $4)
            ON CONFLICT (user_id, organization_id) DO NOTHING RETURNING id
            """,
            user_id,
            self._organization_id,
            role,
            at,
        )
        return None if member_id is None else await self.get(member_id)

    async def count_owners(self) -> int:
        """Return how many owners there are; as long as a member is got to be managed, so many there stay."""
        count: int = await self._connection.fetchval(
            "SELECT count(*) FROM memberships WHERE organization_id = $1 AND role = 'owner'",
            self._organization_id,
        )
        return count

    async def set_role(self, member_id: UUID, role: Role) -> None:
        """Give a role to a member who was got to be managed."""
        self.require_rank(role)
        await self._connection.execute(
            "UPDATE memberships SET role = $3 WHERE id = $1 AND organization_id = $2",
            member_id,
            self._organization_id,
            role,
        )

    async def remove(self, member_id: UUID) -> None:
        """Remove a member who was got to be managed."""
        await self._connection.execute(
            "DELETE FROM memberships WHERE id = $1 AND organization_id = $2", member_id, self._organization_id
        )

    def _is_self(self, member: Member) -> bool:
        principal = self._principal
        acts_as_user = principal.key_type in {None, KeyType.USER}
        only_reads = principal.organizations[self._organization_id] == PERMISSIONS[Role.READONLY]
        return principal.user_id == member.user_id and acts_as_user and not only_reads

    async def _lock(self) -> None:
        """Keep others from changing members until the transaction ends."""
        locked = await self._connection.fetchval(
            "SELECT id FROM organizations WHERE id = $1 AND deleted_at IS NULL FOR UPDATE",
            self._organization_id,
        )
        if locked is None:
            raise OrganizationNotFoundError(self._organization_id)


async def fetch_roles(connection: Connection, user_id: UUID) -> dict[UUID, Role]:
    """Return the role of a user in each organization that is not deleted."""
    rows = await connection.fetch(
        """
        SELECT m.organization_id, m.role FROM memberships m JOIN organizations o ON o.id = m.organization_id
        WHERE m.user_id = $1 AND o.deleted_at IS NULL
        """,
        user_id,
    )
    return {row["organization_id"]: Role(row["role"]) for row in rows}


def _to_member(row: asyncpg.Record) -> Member:
    return Member(**{**row, "role": Role(row["role"])})
