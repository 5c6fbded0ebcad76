"""A client of one application, acting for a principal of the test's choice.

Whatever is answered to it has to stand in the application's own OpenAPI document.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import httpx2
from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from product_platform.kit.http import create_domain_app
from product_platform.kit.permissions import Principal
from product_platform.kit.rate_limits import RateLimiter
from product_platform.kit.routing import RouteTable
from product_platform.kit.services import Services

_APPS: dict[int, FastAPI] = {}


def make_app(title: str, router: APIRouter) -> FastAPI:
    """Return the application of one domain, made once for all tests: only its state is another for each.

    *router* is that of the domain, which never goes away.
    """
    if id(router) not in _APPS:
        _APPS[id(router)] = create_domain_app(title, router)
    return _APPS[id(router)]


def make_client(
    app: FastAPI,
    services: Services,
    principal: Principal | None = None,
    *,
    middleware: Callable[[ASGIApp], ASGIApp] | None = None,
) -> httpx2.AsyncClient:
    """Return a client of *app*; without a principal its requests carry no credential.

    *middleware* stands where it does in the whole API: behind who the caller is.
    """
    app.state.services = services
    app.state.rate_limiter = RateLimiter(services.bus, services.clock)
    inner = middleware(app) if middleware else app

    async def authenticated(scope: Scope, receive: Receive, send: Send) -> None:
        # Each request has a principal of its own, as it has behind real authentication.
        own = principal and replace(principal, acted_in=[])
        await inner({**scope, "app": app, "principal": own}, receive, _checked(app, scope, send))

    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=authenticated), base_url="http://test")


def _checked(app: FastAPI, scope: Scope, send: Send) -> Send:
    async def send_checked(message: Message) -> None:
        if message["type"] == "http.response.start":
            listed = find_statuses(app, scope)
            assert listed is None or str(message["status"]) in listed, f"no document has this: {message}"
        await send(message)

    return send_checked


def find_statuses(app: FastAPI, scope: Scope) -> frozenset[str] | None:
    """Return the statuses that are listed for a request; None where nothing is served or described."""
    resource = _read_table(app).find(scope["path"])
    operation = resource.find(scope["method"]) if resource else None
    return read_statuses(app).get((operation.name, operation.method)) if operation else None


@cache
def _read_table(app: FastAPI) -> RouteTable:
    return RouteTable(app.routes)


@cache
def read_statuses(app: FastAPI) -> dict[tuple[str, str], frozenset[str]]:
    table = _read_table(app)
    found = {}
    for path, methods in app.openapi()["paths"].items():
        resource = table.find_exactly(path)
        for method, said in methods.items():
            operation = resource.find(method.upper()) if resource else None
            assert operation is not None, path
            # HEAD is GET, and a 304 the 200 that is known already: no operation lists them.
            found[operation.name, operation.method] = frozenset(said["responses"]) | {"304"}
    return found
