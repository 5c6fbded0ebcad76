"""The frame of a domain's API: the application around its router."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

import orjson
from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel, Field
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp

from product_platform.kit.conditional import ConditionalMiddleware
from product_platform.kit.dependencies import ConnectionDep, PrincipalDep, ServicesDep, get_services
from product_platform.kit.forms import FormMiddleware
from product_platform.kit.idempotency import IdempotencyMiddleware
from product_platform.kit.live import LiveMiddleware
from product_platform.kit.middleware import (
    BodyLimitMiddleware,
    CredentialMiddleware,
    HeadMiddleware,
    RequestMiddleware,
)
from product_platform.kit.openapi import complete
from product_platform.kit.refusals import install_handlers
from product_platform.kit.routing import RouteTable, RoutingMiddleware
from product_platform.kit.transactions import TransactionMiddleware

__all__ = ["ConnectionDep", "ErrorEnvelope", "PrincipalDep", "ServicesDep", "Success", "create_domain_app"]


_ABOUT = """\
Send your key in the header `X-API-Key`. Every answer has an `X-Request-ID`, every answer to a key tells how
many requests are left, and every refusal is one JSON object with a stable `code`.
"""

_MIDDLEWARE: Sequence[Callable[[ASGIApp], ASGIApp]] = (
    RequestMiddleware,
    RoutingMiddleware,
    CredentialMiddleware,
    HeadMiddleware,
    BodyLimitMiddleware,
    LiveMiddleware,
    FormMiddleware,
    TransactionMiddleware,
    IdempotencyMiddleware,
    ConditionalMiddleware,
)


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
    retry_after_seconds: int | None = Field(default=None, description="With 429 alone.")


class ErrorEnvelope(BaseModel):
    """The answer to every request that is refused."""

    error: ErrorBody


class Problem(BaseModel):
    """The same as a document of RFC 9457, for those who accept `application/problem+json`."""

    type: str
    title: str
    status: int
    detail: str
    error_code: str
    retryable: bool
    timestamp: datetime
    errors: list[ErrorDetail] | None = None
    retry_after_seconds: int | None = None


class Success(BaseModel):
    """The whole answer where there is nothing else to say."""

    success: Literal[True] = True


class DomainApp(FastAPI):
    """The application of one domain, which describes itself by the conventions of all."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, without the servers, which depend on who serves it."""
        if self.openapi_schema is None:
            self.openapi_schema = complete(super().openapi(), RouteTable(self.routes))
        return self.openapi_schema


def create_domain_app(title: str, router: APIRouter, *, version: str = "1") -> FastAPI:
    """Return the application that serves *router* by the conventions all domains share.

    Whoever runs it sets `app.state.services`, and `scope["principal"]` on each request.
    """
    app = DomainApp(
        title=title,
        version=version,
        description=_ABOUT,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses={
            "4XX": {"model": ErrorEnvelope, "description": "The request is refused."},
            "5XX": {"model": Problem, "description": "The request is refused."},
        },
        middleware=[Middleware(each) for each in _MIDDLEWARE],
    )
    install_handlers(app)
    app.include_router(router)
    app.add_api_route("/openapi.json", _describe, include_in_schema=False)
    app.add_api_route("/docs", _lead_to_reference, include_in_schema=False)
    return app


async def _describe(request: Request) -> Response:
    base_url = get_services(request).settings.base_url
    document = {**request.app.openapi(), "servers": [{"url": f"{base_url}{request.scope['root_path']}"}]}
    return Response(orjson.dumps(document), media_type="application/openapi+json")


async def _lead_to_reference(request: Request) -> Response:
    """Lead to this domain's part of the reference, which bears the first name of its mount."""
    name = request.scope["root_path"].strip("/").partition("/")[0]
    return RedirectResponse(f"{get_services(request).settings.base_url}/docs/{name}")
