"""Hosts of an organization's own, and whether a certificate may be issued for a name."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, status

from product_platform.digital_link.errors import HostUnboundError
from product_platform.digital_link.ports import TxtLookup
from product_platform.digital_link.schemas.hosts import HostIn, HostOut
from product_platform.digital_link.service.hosts import Hosts
from product_platform.kit.dependencies import ConnectionDep, PrincipalDep, ServicesDep
from product_platform.kit.http import Success
from product_platform.kit.ids import ShortId
from product_platform.kit.pagination import Page, PageDep

router = APIRouter()

_HOSTS = "/organizations/{organization_id}/hosts"
_HOST = f"{_HOSTS}/{{host_id}}"


def get_hosts(request: Request, services: ServicesDep) -> Hosts:
    """Return the host service of this process."""
    lookup: TxtLookup = request.app.state.txt_lookup
    return Hosts(services.clock, lookup, base_url=services.settings.base_url)


HostsDep = Annotated[Hosts, Depends(get_hosts)]


@router.get(_HOSTS)
async def list_hosts(
    organization_id: ShortId,
    principal: PrincipalDep,
    connection: ConnectionDep,
    hosts: HostsDep,
    query: PageDep,
) -> Page[HostOut]:
    """List the hosts at which an organization answers, or wants to."""
    page = await hosts.list_hosts(connection, organization_id, query, principal=principal)
    return page.map(HostOut.model_validate)


@router.post(_HOSTS, status_code=status.HTTP_201_CREATED)
async def create_host(
    organization_id: ShortId,
    body: HostIn,
    principal: PrincipalDep,
    connection: ConnectionDep,
    hosts: HostsDep,
) -> HostOut:
    """Ask for a host, and be told the DNS record that proves it."""
    host = await hosts.create(connection, organization_id, body.name, principal=principal)
    return HostOut.model_validate(host)


@router.get(_HOST)
async def get_host(
    organization_id: ShortId,
    host_id: ShortId,
    principal: PrincipalDep,
    connection: ConnectionDep,
    hosts: HostsDep,
) -> HostOut:
    """Show one host."""
    host = await hosts.get(connection, organization_id, host_id, principal=principal)
    return HostOut.model_validate(host)


@router.delete(_HOST)
async def delete_host(
    organization_id: ShortId,
    host_id: ShortId,
    principal: PrincipalDep,
    connection: ConnectionDep,
    hosts: HostsDep,
) -> Success:
    """Give a host up; it answers as the default host from then on."""
    await hosts.delete(connection, organization_id, host_id, principal=principal)
    return Success()


@router.post(f"{_HOST}/verify")
async def verify_host(
    organization_id: ShortId,
    host_id: ShortId,
    principal: PrincipalDep,
    services: ServicesDep,
    hosts: HostsDep,
) -> HostOut:
    """Look for the DNS record of a host, and bind it."""
    host = await hosts.verify(services.database, organization_id, host_id, principal=principal)
    return HostOut.model_validate(host)


@router.get("/hosts/allowed")
async def allow_host(domain: str, connection: ConnectionDep) -> Success:
    """Tell a proxy whether to get a certificate for a host name: 404 when nobody is bound to it."""
    if not await Hosts.is_bound(connection, domain):
        raise HostUnboundError(domain)
    return Success()
