"""The whole API, made once for all tests: only what it works on is another for each."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from starlette.applications import Starlette

from admin_api.app import create_app
from product_platform.kit.services import Services

_LENT: list[Services] = []


@asynccontextmanager
async def _lend_services() -> AsyncIterator[Services]:
    yield _LENT[-1]


@cache
def _make_app() -> Starlette:
    return create_app(_lend_services)


@asynccontextmanager
async def running_api(services: Services) -> AsyncIterator[Starlette]:
    """Run it on *services* inside the block; one at a time."""
    _LENT[:] = [services]
    app = _make_app()
    async with app.router.lifespan_context(app):
        yield app
