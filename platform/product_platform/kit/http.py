"""The frame of a domain's API: the application around its router, and what endpoints depend on."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Depends, FastAPI, Request, Security
from fastapi.security import APIKeyHeader
from pydantic import BaseModel
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from product_platform.kit.answers import install_handlers
from product_platform.kit.db import Connection
from product_platform.kit.errors import ForbiddenError, UnauthorizedError
from product_platform.kit.middleware import HeadMiddleware, RequestMiddleware
from product_platform.kit.permissions import KeyType, Principal
from product_platform.kit.services import Services

MAX_BODY_BYTES = 1024 * 1024

_api_key = APIKeyHeader(name="X-API-Key", auto_error=False)


class ErrorDetail(BaseModel):
    """One failing field."""

    field: str
    message: str
    code: str | None = None


class ErrorBody(BaseModel):
    """Why a request was refused."""

    code: str
    message: str
    status: int
    details: list[ErrorDetail] | None


class ErrorEnvelope(BaseModel):
    """The answer to every request that is refused."""

    error: ErrorBody


class Success(BaseModel):
    """The whole answer where there is nothing else to say."""

    success: Literal[True] = True


def create_domain_app(title: str, router: APIRouter, *, version: str = "1") -> FastAPI:
    """Return the application that serves *router* by the conventions all domains share.

    Whoever runs it sets `app.state.services`, and `scope["principal"]` on each request.
    """
    app = FastAPI(
        title=title,
        version=version,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        max_body_size=MAX_BODY_BYTES,
        responses={"4XX": {"model": ErrorEnvelope, "description": "The request is refused."}},
        middleware=[Middleware(RequestMiddleware), Middleware(HeadMiddleware)],
    )
    install_handlers(app)
    app.include_router(router)
    app.add_api_route("/openapi.json", _describe, include_in_schema=False)
    app.router.default = _OtherSlash(app.router, app.router.default)
    return app


async def _describe(request: Request) -> Response:
    document = {**request.app.openapi(), "servers": [{"url": request.scope.get("root_path") or "/"}]}
    return Response(orjson.dumps(document), media_type="application/openapi+json")


class _OtherSlash:
    """Serve a path that nothing matched as if its trailing slash were there, or were not.

    A redirect to the other form would lose the body of a POST.
    """

    def __init__(self, router: ASGIApp, not_found: ASGIApp) -> None:
        self._router = router
        self._not_found = not_found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if scope["type"] != "http" or "first_path" in scope:
            await self._not_found(scope, receive, send)
            return
        other = path.rstrip("/") if path.endswith("/") else f"{path}/"
        await self._router({**scope, "path": other, "first_path": path}, receive, send)


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


async def open_transaction(services: ServicesDep) -> AsyncIterator[Connection]:
    """Lend the request its transaction; an endpoint refuses by raising, which rolls it back."""
    async with services.database.transaction() as connection:
        yield connection


# INVARIANT: the scope "function" ends the transaction before the answer is sent. With FastAPI's
# default a caller could read its own write too early, or hear of a success that never committed.
ConnectionDep = Annotated[Connection, Depends(open_transaction, scope="function")]
