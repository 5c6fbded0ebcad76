"""The whole API, with its lifespan, on the services of the test."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette

from product_platform.account import Accounts, OrganizationCreate
from product_platform.kit.services import Services
from tests.whole_api import running_api


@pytest.fixture
async def app(services: Services) -> AsyncIterator[Starlette]:
    async with running_api(services) as app:
        yield app


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    """Make requests without a credential."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test") as client:
        yield client


@pytest.fixture
async def raw_key(services: Services) -> str:
    """Issue a key to the owner of an organization."""
    accounts = Accounts(services.clock)
    async with services.database.transaction() as connection:
        user = await accounts.create_user(connection, "ana@example.com")
        body = OrganizationCreate(name="Ana's Oats", country="CA")
        await accounts.create_organization(connection, body, owner_id=user.id)
        _, raw_key = await accounts.keys.issue_to_user(connection, user.id, name="laptop")
    return raw_key
