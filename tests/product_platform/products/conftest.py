"""What the tests of this domain start from: a brand's organization, its rival, and a client for each."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx2
import pytest

from product_platform.kit.jobs import Runner
from product_platform.kit.permissions import Role
from product_platform.kit.services import Services
from product_platform.products import JOBS, router
from tests.product_platform.catalogue import clear_outbox, make_organization, make_principal
from tests.product_platform.clients import make_app, make_client

GTIN = "09520000100018"
OTHER_GTIN = "09520000100025"
THIRD_GTIN = "09520000100032"
PATH = f"/products/{GTIN}"


async def make_brand_organization(services: Services, name: str) -> UUID:
    organization = await make_organization(services.database, name)
    await services.database.pool.execute(
        "UPDATE organizations SET is_brand = true WHERE id = $1", organization
    )
    return organization


@pytest.fixture
async def organization(services: Services) -> UUID:
    return await make_brand_organization(services, "Meadow Oats")


@pytest.fixture
async def rival(services: Services) -> UUID:
    return await make_brand_organization(services, "Rival")


def make_products_client(
    services: Services, *organizations: UUID, role: Role = Role.OWNER
) -> httpx2.AsyncClient:
    app = make_app("Products", router)
    return make_client(app, services, make_principal(*organizations, role=role))


@pytest.fixture
async def client(services: Services, organization: UUID) -> AsyncIterator[httpx2.AsyncClient]:
    """Act for the owner of the organization."""
    async with make_products_client(services, organization) as client:
        yield client


@pytest.fixture
async def rival_client(services: Services, rival: UUID) -> AsyncIterator[httpx2.AsyncClient]:
    """Act for the owner of another organization."""
    async with make_products_client(services, rival) as client:
        yield client


@pytest.fixture
async def product(client: httpx2.AsyncClient, services: Services) -> dict[str, Any]:
    """Let the organization have one product."""
    answer = await client.post("/products", json={"gtin": GTIN, "product_name": "Oat drink"})
    await clear_outbox(services.database)
    body: dict[str, Any] = answer.json()
    return body


async def do_jobs(services: Services) -> None:
    """Do what a worker would."""
    runner = Runner(services, JOBS)
    while await runner.run_due():
        pass


def fields_of(answer: httpx2.Response) -> list[tuple[str, str]]:
    """Return the fields that a 422 names, and what is wrong with each."""
    assert answer.status_code == 422, answer.text
    return [(detail["field"], detail["code"]) for detail in answer.json()["error"]["details"]]
