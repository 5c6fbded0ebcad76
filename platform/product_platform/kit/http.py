"""The frame of a domain's API: the application around its router."""

from typing import Literal

import orjson
from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from product_platform.kit.dependencies import ConnectionDep, PrincipalDep, ServicesDep, get_services
from product_platform.kit.live import LiveMiddleware
from product_platform.kit.middleware import BodyLimitMiddleware, HeadMiddleware, RequestMiddleware
from product_platform.kit.refusals import install_handlers

__all__ = ["ConnectionDep", "ErrorEnvelope", "PrincipalDep", "ServicesDep", "Success", "create_domain_app"]


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
        responses={"4XX": {"model": ErrorEnvelope, "description": "The request is refused."}},
        middleware=[
            Middleware(RequestMiddleware),
            Middleware(HeadMiddleware),
            Middleware(BodyLimitMiddleware),
            Middleware(LiveMiddleware),
        ],
    )
    install_handlers(app)
    app.include_router(router)
    app.add_api_route("/openapi.json", _describe, include_in_schema=False)
    app.router.default = _OtherSlash(app.router, app.router.default)
    return app


async def _describe(request: Request) -> Response:
    base_url = get_services(request).settings.base_url
    document = {**request.app.openapi(), "servers": [{"url": f"{base_url}{request.scope['root_path']}"}]}
    return Response(orjson.dumps(document), media_type="application/openapi+json")


class _OtherSlash:
    """Serve a path that nothing matched as if its trailing slash were there, or were not.

    A redirect to the other form would lose the body of a POST.
    """

    def __init__(self, router: ASGIApp, not_found: ASGIApp) -> None:
        self._router = router
        self._not_found = not_found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "first_path" in scope:
            await self._not_found(scope, receive, send)
            return
        path = scope["first_path"] = scope["path"]
        scope["path"] = path.removesuffix("/") if path.endswith("/") else f"{path}/"
        await self._router(scope, receive, send)
