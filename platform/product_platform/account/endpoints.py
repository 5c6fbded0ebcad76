"""The API of accounts, mounted at /account/api/v1."""

from typing import Annotated

from fastapi import APIRouter, Depends, status

from product_platform.account.models import ApiKey, Organization
from product_platform.account.schemas import (
    ApiKeyCreate,
    ApiKeyCreatedOut,
    ApiKeyOut,
    ApiKeyUpdate,
    OrganizationCreate,
    OrganizationOut,
    OrganizationUpdate,
    WhoamiOut,
)
from product_platform.account.service.accounts import Accounts
from product_platform.kit.http import ConnectionDep, PrincipalDep, ServicesDep
from product_platform.kit.ids import ShortId
from product_platform.kit.listing import OrderedBy
from product_platform.kit.metadata import MetadataFilterDep
from product_platform.kit.pagination import Page, PageDep

router = APIRouter(tags=["account"])


def get_accounts(services: ServicesDep) -> Accounts:
    """Return the accounts of this process."""
    return Accounts(services.clock)


AccountsDep = Annotated[Accounts, Depends(get_accounts)]


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


@router.get("/organizations/{organization_id}/api-keys", response_model=Page[ApiKeyOut])
async def list_api_keys(
    organization_id: ShortId,
    principal: PrincipalDep,
    accounts: AccountsDep,
    connection: ConnectionDep,
    query: PageDep,
    metadata: MetadataFilterDep,
) -> Page[ApiKey]:
    """List the organization's keys, newest first."""
    return await accounts.keys.list_page(
        connection, query, organization_id=organization_id, principal=principal, metadata=metadata
    )


@router.post("/organizations/{organization_id}/api-keys")
async def create_api_key(
    organization_id: ShortId,
    body: ApiKeyCreate,
    principal: PrincipalDep,
    accounts: AccountsDep,
    connection: ConnectionDep,
) -> ApiKeyCreatedOut:
    """Issue a key; this answer alone shows it."""
    key, raw_key = await accounts.keys.create(connection, organization_id, body=body, principal=principal)
    return ApiKeyCreatedOut(**ApiKeyOut.model_validate(key).model_dump(), key=raw_key)


@router.patch("/organizations/{organization_id}/api-keys/{key_id}", response_model=ApiKeyOut)
async def update_api_key(
    organization_id: ShortId,
    key_id: ShortId,
    body: ApiKeyUpdate,
    principal: PrincipalDep,
    accounts: AccountsDep,
    connection: ConnectionDep,
) -> ApiKey:
    """Rename, describe, revoke or revive a key."""
    return await accounts.keys.update(
        connection, organization_id, key_id=key_id, body=body, principal=principal
    )


@router.delete("/organizations/{organization_id}/api-keys/{key_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_api_key(
    organization_id: ShortId,
    key_id: ShortId,
    principal: PrincipalDep,
    accounts: AccountsDep,
    connection: ConnectionDep,
) -> None:
    """Remove a key."""
    await accounts.keys.delete(connection, organization_id, key_id=key_id, principal=principal)
