"""Members of an organization."""

from typing import Annotated

from fastapi import APIRouter, Query, status

from product_platform.account.endpoints.services import AccountsDep
from product_platform.account.models import Member
from product_platform.account.schemas import MemberCreate, MemberFilters, MemberOut, MemberUpdate
from product_platform.kit.http import ConnectionDep, PrincipalDep
from product_platform.kit.ids import ShortId
from product_platform.kit.pagination import Page, PageDep

router = APIRouter()


@router.get("/organizations/{org_id}/members")
async def list_members(
    org_id: ShortId,
    principal: PrincipalDep,
    accounts: AccountsDep,
    connection: ConnectionDep,
    query: PageDep,
    filters: Annotated[MemberFilters, Query()],
) -> Page[MemberOut]:
    """List the members of an organization, owners first, then by address."""
    page = await accounts.members.list_page(
        connection, query, organization_id=org_id, principal=principal, filters=filters
    )
    return page.map(Member.to_out)


@router.post("/organizations/{org_id}/members")
async def invite_member(
    org_id: ShortId,
    body: MemberCreate,
    principal: PrincipalDep,
    accounts: AccountsDep,
    connection: ConnectionDep,
) -> MemberOut:
    """Make a user a member at once; a new user gets a mail with a link to set a password."""
    member = await accounts.members.invite(connection, org_id, body=body, principal=principal)
    return member.to_out()


@router.get("/organizations/{org_id}/members/{member_id}")
async def get_member(
    org_id: ShortId,
    member_id: ShortId,
    principal: PrincipalDep,
    accounts: AccountsDep,
    connection: ConnectionDep,
) -> MemberOut:
    """Show one member."""
    member = await accounts.members.get(connection, org_id, member_id=member_id, principal=principal)
    return member.to_out()


@router.patch("/organizations/{org_id}/members/{member_id}")
@router.put("/organizations/{org_id}/members/{member_id}")
async def update_member(
    org_id: ShortId,
    member_id: ShortId,
    body: MemberUpdate,
    principal: PrincipalDep,
    accounts: AccountsDep,
    connection: ConnectionDep,
) -> MemberOut:
    """Give a member another role, under either method."""
    member = await accounts.members.change_role(
        connection, org_id, member_id=member_id, role=body.role, principal=principal
    )
    return member.to_out()


@router.delete("/organizations/{org_id}/members/{member_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_member(
    org_id: ShortId,
    member_id: ShortId,
    principal: PrincipalDep,
    accounts: AccountsDep,
    connection: ConnectionDep,
) -> None:
    """Take a member away, who loses sight of the organization at once; members may leave by themselves."""
    await accounts.members.remove(connection, org_id, member_id=member_id, principal=principal)
