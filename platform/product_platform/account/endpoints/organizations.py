"""The caller, and the organizations that the caller belongs to."""

from typing import Annotated

from fastapi import APIRouter, status

from product_platform.account.endpoints.services import AccountsDep
from product_platform.account.models import Organization
from product_platform.account.schemas import (
    OrganizationCreate,
    OrganizationOut,
    OrganizationUpdate,
    WhoamiOut,
)
from product_platform.account.service.tombstones import Tombstones
from product_platform.kit.http import ConnectionDep, PrincipalDep, ServicesDep
from product_platform.kit.ids import ShortId
from product_platform.kit.listing import OrderedBy
from product_platform.kit.metadata import MetadataFilterDep
from product_platform.kit.pagination import Page, PageDep

router = APIRouter()


@router.get("/whoami")
async def whoami(principal: PrincipalDep, accounts: AccountsDep, connection: ConnectionDep) -> WhoamiOut:
    """Say who the caller is."""
    identity = await accounts.identify(connection, principal)
    return WhoamiOut.model_validate(
        {
            "user_id": identity.user.id,
            "email": identity.user.email,
            "organizations": identity.organizations,
            "metadata": identity.user.metadata,
            "api_key": identity.key,
        }
    )


@router.get("/organizations", response_model=Page[OrganizationOut])
async def list_organizations(
    principal: PrincipalDep,
    accounts: AccountsDep,
    connection: ConnectionDep,
    query: PageDep,
    metadata: MetadataFilterDep,
    ordering: Annotated[str, OrderedBy("name", "created")] = "name",
) -> Page[Organization]:
    """List the organizations that the caller belongs to, by `name` or `created`."""
    return await accounts.list_organizations(
        connection, query, principal=principal, metadata=metadata, ordering=ordering
    )


@router.post("/organizations", response_model=OrganizationOut)
async def create_organization(
    body: OrganizationCreate, principal: PrincipalDep, accounts: AccountsDep, connection: ConnectionDep
) -> Organization:
    """Create an organization that the calling user owns."""
    return await accounts.create_own_organization(connection, body, principal=principal)


@router.get("/organizations/{id}", response_model=OrganizationOut)
async def get_organization(
    id: ShortId,  # noqa: A002 - the contract names the parameter
    principal: PrincipalDep,
    accounts: AccountsDep,
    connection: ConnectionDep,
) -> Organization:
    """Show one organization."""
    return await accounts.get_organization(connection, id, principal=principal)


@router.patch("/organizations/{id}", response_model=OrganizationOut)
@router.put("/organizations/{id}", response_model=OrganizationOut)
async def update_organization(
    id: ShortId,  # noqa: A002 - the contract names the parameter
    body: OrganizationUpdate,
    principal: PrincipalDep,
    accounts: AccountsDep,
    connection: ConnectionDep,
) -> Organization:
    """Change the fields that are sent, under either method."""
    return await accounts.update_organization(connection, id, body=body, principal=principal)


@router.delete("/organizations/{id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_organization(
    id: ShortId,  # noqa: A002 - the contract names the parameter
    principal: PrincipalDep,
    services: ServicesDep,
    connection: ConnectionDep,
) -> None:
    """Delete an organization, which can be brought back for 90 days by whoever runs the installation."""
    tombstones = Tombstones(services.clock, services.events)
    await tombstones.bury(
        connection, id, principal=principal, reauth_minutes=services.settings.reauth_minutes
    )
