"""A client of one application, acting for a principal of the test's choice."""

import httpx2
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from product_platform.kit.permissions import Principal
from product_platform.kit.services import Services


def make_client(app: FastAPI, services: Services, principal: Principal | None = None) -> httpx2.AsyncClient:
    """Return a client of *app*; without a principal its requests carry no credential."""
    app.state.services = services

    async def authenticated(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "principal": principal}, receive, send)

    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=authenticated), base_url="http://test")
