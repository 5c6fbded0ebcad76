"""What the tests of accounts start from: a user with a key, and clients that come with keys."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx2
import pytest

from product_platform.account import Accounts, Organization, OrganizationCreate, User, router
from product_platform.kit.permissions import Role
from product_platform.kit.services import Services
from tests.product_platform.clients import make_app, make_client

ClientOf = Callable[[str], Awaitable[httpx2.AsyncClient]]


@pytest.fixture
def accounts(services: Services) -> Accounts:
    return Accounts(services.clock)


async def make_user(services: Services, email: str = "ana@example.com") -> User:
    async with services.database.transaction() as connection:
        return await Accounts(services.clock).create_user(connection, email)


async def make_organization(services: Services, owner: User, name: str = "Ana's Oats") -> Organization:
    body = OrganizationCreate(name=name, country="CA")
    async with services.database.transaction() as connection:
        return await Accounts(services.clock).create_organization(connection, body, owner_id=owner.id)


async def make_user_key(services: Services, user: User, role: Role = Role.OWNER) -> str:
    async with services.database.transaction() as connection:
        issued = await Accounts(services.clock).keys.issue_to_user(
            connection, user.id, name="laptop", role=role
        )
    return issued[1]


async def add_member(services: Services, organization: Organization, user: User, role: Role) -> None:
    await services.database.pool.execute(
        "INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, $3)",
        organization.id,
        user.id,
        role,
    )


@pytest.fixture
async def user(services: Services) -> User:
    return await make_user(services)


@pytest.fixture
async def organization(services: Services, user: User) -> Organization:
    return await make_organization(services, user)


@pytest.fixture
async def client_of(services: Services, accounts: Accounts) -> AsyncIterator[ClientOf]:
    """Make clients that act for whoever a key stands for at that moment."""
    async with AsyncExitStack() as stack:

        async def make(raw_key: str) -> httpx2.AsyncClient:
            credential = await accounts.authenticate(services.database, raw_key)
            assert credential is not None
            app = make_app("Account", router)
            return await stack.enter_async_context(make_client(app, services, credential.principal))

        yield make


@pytest.fixture
async def client(
    services: Services, user: User, organization: Organization, client_of: ClientOf
) -> httpx2.AsyncClient:
    """Act for the user who owns the organization."""
    return await client_of(await make_user_key(services, user))
