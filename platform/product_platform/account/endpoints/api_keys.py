"""Keys of an organization."""

from fastapi import APIRouter, Response, status

from product_platform.account.endpoints.services import AccountsDep
from product_platform.account.models import ApiKey
from product_platform.account.schemas import ApiKeyCreate, ApiKeyCreatedOut, ApiKeyOut, ApiKeyUpdate
from product_platform.kit.http import ConnectionDep, PrincipalDep
from product_platform.kit.ids import ShortId
from product_platform.kit.metadata import MetadataFilterDep
from product_platform.kit.pagination import Page, PageDep

router = APIRouter()


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
    response: Response,
) -> ApiKeyCreatedOut:
    """Issue a key; this answer alone shows it."""
    response.headers["Cache-Control"] = "no-store"
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
