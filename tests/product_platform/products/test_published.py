"""What an owner does to a product changes what the edge answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias
from uuid import UUID

import httpx2
import pytest

from product_platform.kit.db import connect
from product_platform.kit.ids import to_short
from product_platform.kit.services import Services
from product_platform.products import ClaimEvent, Claims, Contributions, Products
from product_platform.products.schemas.contributions import Contribution
from product_platform.products.schemas.fields import DataSource
from rules_compiler.compiler import compile_slice
from rules_compiler.dict_table import DictTable
from tests.product_platform.catalogue import USER_ID, make_principal
from tests.product_platform.digital_link.conftest import (
    announce_changes,
    create_rule,
    make_publisher,
    make_resolver_client,
    read_slices,
)
from tests.product_platform.products.conftest import GTIN, PATH, do_jobs
from tests.resolver.edge_client import EdgeClient, Reply

pytestmark = pytest.mark.servers

Ask: TypeAlias = Callable[..., Awaitable[Reply]]
TARGET = "https://oats.example/drink"
JSON = {"accept": "application/json"}
ITEM = f"/01/{GTIN}"


@pytest.fixture
async def ask(services: Services) -> AsyncIterator[Ask]:
    """Publish what waits, and ask an edge that serves it; claims from `prefix_matched` up redirect."""
    connection = await connect(services.settings.database_url)
    publisher = make_publisher(
        connection,
        services,
        compile_one=compile_slice,
        load_facts=Products.facts,
        min_claim_tier="prefix_matched",
    )

    async def ask(target: str = ITEM, **headers: str) -> Reply:
        while await publisher.publish_once() is not None:
            pass
        slices = await read_slices(services.database)
        edge = EdgeClient(None)
        packed = {key: packed for key, (_, packed) in slices.items() if packed is not None}
        edge.holder.replace(DictTable(1, packed))
        return await asyncio.to_thread(edge.get, target, **headers)

    yield ask
    await connection.close()


@pytest.fixture
async def linked(services: Services, organization: UUID, product: dict[str, Any]) -> None:
    """Let the product, whose prefix is known to be its owner's, lead to its own page."""
    await services.database.pool.execute(
        "INSERT INTO users (id, email, name) VALUES ($1, 'ada@example.com', 'Ada')", USER_ID
    )
    async with services.database.transaction() as connection:
        await Claims(services.clock).add_prefix(connection, "952000", organization_id=organization)
    await do_jobs(services)
    await announce_changes(services.database, organization, f"org/{to_short(organization)}")
    async with make_resolver_client(services, make_principal(organization)) as client:
        path = f"/organizations/{to_short(organization)}/resolution-rules"
        await create_rule(client, path, scope_type="PRODUCT", scope_id=GTIN, custom_url=TARGET)


async def move(services: Services, event: ClaimEvent) -> None:
    async with services.database.transaction() as connection:
        await Claims(services.clock).move(connection, GTIN, event)


async def read_facts(ask: Ask) -> dict[str, Any]:
    facts: dict[str, Any] = (await ask(**JSON)).json()
    return facts


def leads_to_target(reply: Reply) -> bool:
    return (reply.status, reply.headers.get("location")) == (307, TARGET)


def leads_to_page(reply: Reply) -> bool:
    return reply.status == 307 and reply.headers["location"].endswith(f"/p{ITEM}")


class TestProductChanges:
    async def test_a_new_name_is_told(
        self, client: httpx2.AsyncClient, product: dict[str, Any], ask: Ask
    ) -> None:
        await client.patch(PATH, json={"product_name": "Oat drink, 1 litre"})
        assert (await read_facts(ask))["product_name"] == "Oat drink, 1 litre"

    async def test_an_import_is_told(
        self, client: httpx2.AsyncClient, product: dict[str, Any], ask: Ask
    ) -> None:
        await client.post("/import/csv", files={"file": ("a.csv", f"gtin,size\n{GTIN},2 L\n".encode())})
        facts = await read_facts(ask)
        assert (facts["net_content"], facts["net_content_value"]) == ("2 L", 2)

    async def test_what_the_crowd_agrees_on_is_told(self, services: Services, ask: Ask) -> None:
        for contributor in ("a", "b", "c"):
            async with services.database.transaction() as connection:
                await Contributions(services.clock).add(
                    connection,
                    GTIN,
                    Contribution(product_name="Oat drink"),
                    source=DataSource.CROWD_SOURCED,
                    contributor=contributor,
                )
        assert (await read_facts(ask))["product_name"] == "Oat drink"


@pytest.mark.usefixtures("linked")
class TestClaimChanges:
    async def test_a_claim_that_its_prefix_supports_redirects(self, ask: Ask) -> None:
        assert leads_to_target(await ask())

    async def test_a_claim_that_nothing_supports_does_not(self, services: Services, ask: Ask) -> None:
        await services.database.pool.execute("UPDATE products SET claim_verification_status = 'unverified'")
        assert leads_to_page(await ask())

    async def test_a_disputed_claim_does_not_until_it_is_upheld(self, services: Services, ask: Ask) -> None:
        await move(services, ClaimEvent.CONTESTED)
        assert leads_to_page(await ask())
        await move(services, ClaimEvent.UPHELD)
        assert leads_to_target(await ask())

    async def test_reports_that_weigh_enough_stop_it(self, client: httpx2.AsyncClient, ask: Ask) -> None:
        report = {
            "reporter_email": "lawyer@example.com",
            "reporter_relationship": "legal",
            "reason": "This number is ours, see the certificate.",
            "supporting_url": "https://registry.example/952000",
        }
        assert (await client.post(f"{PATH}/report-claim", json=report)).status_code == 201
        assert leads_to_page(await ask())

    async def test_a_rejected_claim_leaves_nothing(self, services: Services, ask: Ask) -> None:
        await move(services, ClaimEvent.REJECTED)
        assert leads_to_page(await ask())
        facts = await read_facts(ask)
        assert (facts["is_claimed"], facts["claim_verification_status"]) == (False, "rejected")

    async def test_a_claim_that_is_given_up_leaves_the_page(
        self, client: httpx2.AsyncClient, ask: Ask
    ) -> None:
        await client.post(f"{PATH}/unclaim")
        assert leads_to_page(await ask())
        assert not (await read_facts(ask))["is_claimed"]

    async def test_a_deleted_product_does_not_redirect(self, client: httpx2.AsyncClient, ask: Ask) -> None:
        await client.delete(PATH)
        assert leads_to_page(await ask())

    async def test_a_new_claimant_does_not_inherit_the_link(
        self, client: httpx2.AsyncClient, rival_client: httpx2.AsyncClient, services: Services, ask: Ask
    ) -> None:
        await client.delete(PATH)
        assert (await rival_client.post(f"{PATH}/claim")).status_code == 200
        await move(services, ClaimEvent.CONFIRMED)
        assert leads_to_page(await ask())

    async def test_resolution_that_is_switched_on_again_by_a_claim(
        self, client: httpx2.AsyncClient, services: Services, ask: Ask
    ) -> None:
        await client.delete(PATH)
        assert leads_to_page(await ask())
        await client.post(f"{PATH}/claim")
        await do_jobs(services)
        assert leads_to_target(await ask())
