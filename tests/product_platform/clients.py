"""A client of one application, acting for a principal of the test's choice."""

from collections.abc import Callable
from dataclasses import replace

import httpx2
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from product_platform.kit.permissions import Principal
from product_platform.kit.rate_limits import RateLimiter
from product_platform.kit.services import Services


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
        await inner({**scope, "app": app, "principal": own}, receive, send)

    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=authenticated), base_url="http://test")
