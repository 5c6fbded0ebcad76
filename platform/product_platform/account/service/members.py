"""Who belongs to an organization, and as what."""

from uuid import UUID

from product_platform.account.errors import LastOwnerError, MemberExistsError
from product_platform.account.models import Member
from product_platform.account.repository import users
from product_platform.account.repository.members import OrganizationMembers
from product_platform.account.schemas import MemberCreate, MemberFilters
from product_platform.account.service.invitations import Invitations
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.pagination import Page, PageQuery
from product_platform.kit.permissions import Principal, Role

_ROLES = (Role.OWNER, Role.MANAGER, Role.BILLING, Role.EDITOR)


class Members:
    """Invites, changes and removes members, in the transaction of the connection that it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._invitations = Invitations(clock)

    async def list_page(
        self,
        connection: Connection,
        query: PageQuery,
        *,
        organization_id: UUID,
        principal: Principal,
        filters: MemberFilters,
    ) -> Page[Member]:
        """Return a page of members, owners first, then by address."""
        members = OrganizationMembers(connection, principal, organization_id)
        roles = [role for role in _ROLES if filters.role in {None, role}]
        return await members.fetch_page(query, roles=roles, text=filters.q)

    async def get(
        self, connection: Connection, organization_id: UUID, *, member_id: UUID, principal: Principal
    ) -> Member:
        """Return one member; raises MemberNotFoundError."""
        return await OrganizationMembers(connection, principal, organization_id).get(member_id)

    async def invite(
        self, connection: Connection, organization_id: UUID, *, body: MemberCreate, principal: Principal
    ) -> Member:
        """Make a user a member at once; raises MemberExistsError.

        A user who does not exist is created, and gets a mail with a link to set a password.
        """
        members = OrganizationMembers(connection, principal, organization_id)
        members.require_rank(body.role)
        at = self._clock.now()
        new = await users.insert(connection, body.email, name="", at=at)
        user = new or await users.find_by_email(connection, body.email)
        assert user is not None  # noqa: S101  # no user is ever deleted
        member = await members.add(user.id, body.role, at=at)
        if member is None:
            raise MemberExistsError(body.email)
        if new is not None:
            await self._invitations.invite(connection, new, organization_id=organization_id)
        return member

    async def change_role(
        self,
        connection: Connection,
        organization_id: UUID,
        *,
        member_id: UUID,
        role: Role,
        principal: Principal,
    ) -> Member:
        """Give a member another role; raises LastOwnerError."""
        members = OrganizationMembers(connection, principal, organization_id)
        member = await members.get_to_manage(member_id)
        members.require_rank(role)
        if member.role is Role.OWNER and role is not Role.OWNER:
            await _require_another_owner(members)
        await members.set_role(member_id, role)
        return await members.get(member_id)

    async def remove(
        self, connection: Connection, organization_id: UUID, *, member_id: UUID, principal: Principal
    ) -> None:
        """Take a member away, who loses sight of the organization at once; raises LastOwnerError."""
        members = OrganizationMembers(connection, principal, organization_id)
        member = await members.get_to_manage(member_id)
        if member.role is Role.OWNER:
            await _require_another_owner(members)
        await members.remove(member_id)


async def _require_another_owner(members: OrganizationMembers) -> None:
    if await members.count_owners() == 1:
        raise LastOwnerError
