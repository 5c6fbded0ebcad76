"""What endpoints depend on: what the process shares, who asks, and the transaction."""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader

from product_platform.kit.db import Connection
from product_platform.kit.errors import ForbiddenError, UnauthorizedError
from product_platform.kit.permissions import KeyType, Principal
from product_platform.kit.services import Services
from product_platform.kit.transactions import TRANSACTION, RequestTransaction

_api_key = APIKeyHeader(
    name="X-API-Key",
    scheme_name="ApiKey",
    description=(
        "The key of a user (`csu_…`), of an organization (`csb_…`), or, for what is public, "
        "a publishable one (`cpk_…`)."
    ),
    auto_error=False,
)


def get_services(request: Request) -> Services:
    """Return what the process shares."""
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(get_services)]


def get_principal(request: Request, _key: Annotated[str | None, Security(_api_key)]) -> Principal:
    """Return who sent the request; raises when nobody did, or when the key is for public pages only."""
    principal: Principal | None = request.scope.get("principal")
    if principal is None:
        raise UnauthorizedError
    if principal.key_type is KeyType.PUBLISHABLE:
        raise ForbiddenError("A publishable key reads public pages only. Use a business or a user key.")
    return principal


PrincipalDep = Annotated[Principal, Depends(get_principal)]


def get_reader(request: Request, _key: Annotated[str | None, Security(_api_key)]) -> Principal:
    """Return who sent the request, a publishable key included; raises when nobody did."""
    principal: Principal | None = request.scope.get("principal")
    if principal is None:
        raise UnauthorizedError
    return principal


ReaderDep = Annotated[Principal, Depends(get_reader)]


async def open_transaction(request: Request) -> Connection:
    """Lend the request its transaction, which is committed before a success is sent.

    An endpoint refuses by raising, which rolls it back.
    """
    transaction: RequestTransaction = request.scope[TRANSACTION]
    return await transaction.begin()


ConnectionDep = Annotated[Connection, Depends(open_transaction)]
