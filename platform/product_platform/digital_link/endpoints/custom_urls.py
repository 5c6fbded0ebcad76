"""The URLs that rules lead to, and their health."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, status

from product_platform.digital_link.ports import UrlCheck
from product_platform.digital_link.schemas.custom_urls import CustomUrlIn, CustomUrlOut
from product_platform.digital_link.service.custom_urls import CustomUrls
from product_platform.digital_link.service.prober import Prober
from product_platform.kit.dependencies import ConnectionDep, PrincipalDep, ServicesDep
from product_platform.kit.http import Success
from product_platform.kit.ids import ShortId
from product_platform.kit.pagination import Page, PageDep

router = APIRouter()

_CUSTOM_URLS = "/organizations/{organization_id}/custom-urls"
_CUSTOM_URL = f"{_CUSTOM_URLS}/{{custom_url_id}}"


def get_custom_urls(services: ServicesDep) -> CustomUrls:
    """Return the custom URL service of this process."""
    return CustomUrls(services.clock)


def get_prober(request: Request, services: ServicesDep) -> Prober:
    """Return the prober of this process."""
    url_check: UrlCheck = request.app.state.url_check
    return Prober(services.database, services.clock, url_check)


CustomUrlsDep = Annotated[CustomUrls, Depends(get_custom_urls)]
ProberDep = Annotated[Prober, Depends(get_prober)]


@router.get(_CUSTOM_URLS)
async def list_custom_urls(
    organization_id: ShortId,
    principal: PrincipalDep,
    connection: ConnectionDep,
    custom_urls: CustomUrlsDep,
    query: PageDep,
) -> Page[CustomUrlOut]:
    """List the targets of an organization's rules, with their health."""
    page = await custom_urls.list_urls(connection, organization_id, query, principal=principal)
    return page.map(CustomUrlOut.model_validate)


@router.post(_CUSTOM_URLS, status_code=status.HTTP_201_CREATED)
async def create_custom_url(
    organization_id: ShortId,
    body: CustomUrlIn,
    principal: PrincipalDep,
    connection: ConnectionDep,
    custom_urls: CustomUrlsDep,
) -> CustomUrlOut:
    """Add a target."""
    entry = await custom_urls.create(connection, organization_id, body.url, principal=principal)
    return CustomUrlOut.model_validate(entry)


@router.get(_CUSTOM_URL)
async def get_custom_url(
    organization_id: ShortId,
    custom_url_id: ShortId,
    principal: PrincipalDep,
    connection: ConnectionDep,
    custom_urls: CustomUrlsDep,
) -> CustomUrlOut:
    """Show one target."""
    entry = await custom_urls.get(connection, organization_id, custom_url_id, principal=principal)
    return CustomUrlOut.model_validate(entry)


@router.put(_CUSTOM_URL)
async def rewrite_custom_url(  # what a request brings, and what it works with
    organization_id: ShortId,
    custom_url_id: ShortId,
    body: CustomUrlIn,
    principal: PrincipalDep,
    connection: ConnectionDep,
    custom_urls: CustomUrlsDep,
) -> CustomUrlOut:
    """Give a target another URL, of which nothing is known yet."""
    entry = await custom_urls.rewrite(
        connection, organization_id, custom_url_id, url=body.url, principal=principal
    )
    return CustomUrlOut.model_validate(entry)


@router.post(f"{_CUSTOM_URL}/retry")
async def retry_custom_url(
    organization_id: ShortId, custom_url_id: ShortId, principal: PrincipalDep, prober: ProberDep
) -> CustomUrlOut:
    """Look at a target now, which takes five seconds at most."""
    entry = await prober.retry(organization_id, custom_url_id, principal=principal)
    return CustomUrlOut.model_validate(entry)


@router.delete(_CUSTOM_URL)
async def delete_custom_url(
    organization_id: ShortId,
    custom_url_id: ShortId,
    principal: PrincipalDep,
    connection: ConnectionDep,
    custom_urls: CustomUrlsDep,
) -> Success:
    """Delete a target that no rule leads to."""
    await custom_urls.delete(connection, organization_id, custom_url_id, principal=principal)
    return Success()
