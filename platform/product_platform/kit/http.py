"""The frame of a domain's API: the application around its router."""

from typing import Literal

import orjson
from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel
from starlette.middleware import Middleware
from starlette.responses import Response

from product_platform.kit.dependencies import ConnectionDep, PrincipalDep, ServicesDep, get_services
from product_platform.kit.idempotency import IdempotencyMiddleware
from product_platform.kit.live import LiveMiddleware
from product_platform.kit.middleware import (
    BodyLimitMiddleware,
    CredentialMiddleware,
    HeadMiddleware,
    RequestMiddleware,
)
from product_platform.kit.refusals import install_handlers
from product_platform.kit.routing import RoutingMiddleware
from product_platform.kit.transactions import TransactionMiddleware

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
            Middleware(RoutingMiddleware),
            Middleware(CredentialMiddleware),
            Middleware(HeadMiddleware),
            Middleware(BodyLimitMiddleware),
            Middleware(LiveMiddleware),
            Middleware(TransactionMiddleware),
            Middleware(IdempotencyMiddleware),
        ],
    )
    install_handlers(app)
    app.include_router(router)
    app.add_api_route("/openapi.json", _describe, include_in_schema=False)
    return app


async def _describe(request: Request) -> Response:
    base_url = get_services(request).settings.base_url
    document = {**request.app.openapi(), "servers": [{"url": f"{base_url}{request.scope['root_path']}"}]}
    return Response(orjson.dumps(document), media_type="application/openapi+json")
