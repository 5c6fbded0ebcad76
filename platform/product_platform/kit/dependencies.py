"""What endpoints depend on: what the process shares, who asks, and the transaction."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader

from product_platform.kit.db import Connection
from product_platform.kit.errors import ForbiddenError, UnauthorizedError
from product_platform.kit.live import note_recorded
from product_platform.kit.permissions import KeyType, Principal
from product_platform.kit.services import Services

_api_key = APIKeyHeader(name="X-API-Key", auto_error=False)


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


async def open_transaction(request: Request, services: ServicesDep) -> AsyncIterator[Connection]:
    """Lend the request its transaction; an endpoint refuses by raising, which rolls it back."""
    async with services.database.transaction() as connection:
        yield connection
        await note_recorded(request.scope, connection)


# INVARIANT: the scope "function" ends the transaction before the answer is sent. With FastAPI's
# default a caller could read its own write too early, or hear of a success that never committed.
ConnectionDep = Annotated[Connection, Depends(open_transaction, scope="function")]
