"""What the API of brands changes, as the edge answers it."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx2
import pytest

from product_platform.brands import router
from product_platform.kit.ids import from_short, to_short
from product_platform.kit.services import Services
from product_platform.products import Products
from tests.product_platform.catalogue import make_organization, make_principal
from tests.product_platform.clients import make_app, make_client
from tests.product_platform.digital_link.conftest import (
    GTIN,
    AskEdge,
    announce_changes,
    create_rule,
    make_product,
    make_resolver_client,
)
from tests.resolver.edge_client import ROOT

pytestmark = pytest.mark.servers

LINK, RIVAL_LINK = "https://oats.example/", "https://rival.example/"
HOSTED = f"{ROOT}/p/01/{GTIN}"


@pytest.fixture
async def brands(services: Services, organization: UUID) -> AsyncIterator[httpx2.AsyncClient]:
    app = make_app("Brands", router)
    async with make_client(app, services, make_principal(organization)) as client:
        yield client


@pytest.fixture
async def rival(services: Services, organization: UUID) -> UUID:
    """Let somebody else claim the product, and link it."""
    rival = await make_organization(services.database, "Rival Rice")
    await make_product(services.database, GTIN, rival)
    async with make_resolver_client(services, make_principal(rival)) as client:
        path = f"/organizations/{to_short(rival)}/resolution-rules"
        await create_rule(client, path, custom_url=RIVAL_LINK)
    return rival


@pytest.fixture
async def wild(services: Services, rival: UUID) -> UUID:
    """Let the product bear a brand that nobody has claimed."""
    pool = services.database.pool
    wild: UUID = await pool.fetchval(
        "INSERT INTO brands (name, name_key) VALUES ('Wild', 'wild') RETURNING id"
    )
    await pool.execute("UPDATE products SET brand_id = $1", wild)
    await announce_changes(services.database, rival, f"01/{GTIN}", f"brand/{to_short(wild)}")
    return wild


async def claim(brands: httpx2.AsyncClient, organization: UUID) -> str:
    body = {"organization_id": to_short(organization), "name": "Wild"}
    answer = await brands.post("/brands", json=body)
    assert answer.status_code == 201, answer.text
    brand_id: str = answer.json()["id"]
    return brand_id


@pytest.fixture
async def link(client: httpx2.AsyncClient, rules_path: str) -> None:
    await create_rule(client, rules_path, custom_url=LINK)


@pytest.mark.usefixtures("link")
async def test_a_claim_makes_the_links_of_the_claimant_answer(
    brands: httpx2.AsyncClient, organization: UUID, wild: UUID, ask_edge: AskEdge
) -> None:
    assert (await ask_edge(f"/01/{GTIN}")).location == RIVAL_LINK
    assert from_short(await claim(brands, organization)) == wild
    assert (await ask_edge(f"/01/{GTIN}")).location == LINK


@pytest.mark.usefixtures("wild")
async def test_a_new_name_of_a_brand_is_told_of_its_products(
    brands: httpx2.AsyncClient, organization: UUID, ask_edge: AskEdge
) -> None:
    brand_id = await claim(brands, organization)
    await brands.patch(f"/brands/{brand_id}", json={"name": "Tame"})
    assert (await ask_edge(f"/01/{GTIN}", accept="application/json")).json()["brand"] == "Tame"


@pytest.mark.usefixtures("link", "wild")
async def test_the_products_of_a_deleted_brand_are_nobodys_and_keep_its_name(
    services: Services, brands: httpx2.AsyncClient, organization: UUID, ask_edge: AskEdge
) -> None:
    brand_id = await claim(brands, organization)
    assert (await ask_edge(f"/01/{GTIN}")).location == LINK

    assert (await brands.delete(f"/brands/{brand_id}")).status_code == 204

    assert (await ask_edge(f"/01/{GTIN}")).location == HOSTED
    told = (await ask_edge(f"/01/{GTIN}", accept="application/json")).json()
    assert (told["brand"], told["is_claimed"], told["owner_id"]) == ("Wild", False, None)
    async with services.database.transaction() as connection:
        shown = (await Products(services.clock).get(connection, GTIN)).to_out().model_dump(mode="json")
    assert {name: told[name] for name in shown} == shown


async def test_edges_hear_of_a_deleted_brand_after_its_products(
    services: Services, brands: httpx2.AsyncClient, organization: UUID, wild: UUID, ask_edge: AskEdge
) -> None:
    brand_id = await claim(brands, organization)
    await ask_edge(f"/01/{GTIN}")
    await brands.delete(f"/brands/{brand_id}")
    waiting = "SELECT slice_key FROM outbox WHERE done_at IS NULL ORDER BY id"
    rows = await services.database.pool.fetch(waiting)
    assert [row["slice_key"] for row in rows] == [f"01/{GTIN}", f"brand/{to_short(wild)}"]
