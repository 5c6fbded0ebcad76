"""A brand that changes hands: one slice, however many products it has, and no old link survives."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias
from uuid import UUID

import httpx2
import pytest

from product_platform.brands import BrandRecord, Brands
from product_platform.digital_link.service.publisher import Publisher
from product_platform.kit.db import Connection
from product_platform.kit.ids import to_short
from product_platform.kit.services import Services
from product_platform.products import Products
from rules_compiler.compiler import compile_slice
from rules_compiler.dict_table import DictTable
from rules_compiler.gs1 import check_digit
from rules_compiler.model import SliceKey
from tests.product_platform.catalogue import make_organization, make_principal
from tests.product_platform.digital_link.conftest import (
    announce_changes,
    create_rule,
    make_brand,
    make_publisher,
    make_resolver_client,
    read_slices,
)
from tests.resolver.edge_client import ROOT, EdgeClient, Reply

pytestmark = pytest.mark.servers

Ask: TypeAlias = Callable[..., Awaitable[Reply]]
ChangeHands: TypeAlias = Callable[[], Awaitable[list[SliceKey]]]

PRODUCTS = 300
OLD, NEW = "https://old.example/", "https://new.example/"


def gtin_of(number: int) -> str:
    body = f"0952000{number:06}"
    return body + check_digit(body)


GTIN = gtin_of(7)
SERIAL = f"/01/{GTIN}/21/S1"


@pytest.fixture
async def former(services: Services, organization: UUID) -> UUID:
    return await make_organization(services.database, "Old Oats")


@pytest.fixture
async def brand_id(services: Services, former: UUID) -> UUID:
    """Let an unclaimed brand have many products, all of which the former owner claims and links."""
    pool = services.database.pool
    brand_id = await make_brand(services.database, None)
    gtins = [gtin_of(number) for number in range(PRODUCTS)]
    await pool.execute(
        """
        INSERT INTO products (gtin, brand_id, owner_id, claim_verification_status, field_confidence)
        SELECT unnest($1::text[]), $2, $3, 'verified', '{"product_name": 1}'
        """,
        gtins,
        brand_id,
        former,
    )
    async with make_resolver_client(services, make_principal(former)) as client:
        path = f"/organizations/{to_short(former)}/resolution-rules"
        for gtin in gtins[:10]:
            await create_rule(client, path, scope_type="PRODUCT", scope_id=gtin, custom_url=OLD)
        await create_rule(client, path, scope_type="IDENTIFIER", scope_id=SERIAL, custom_url=f"{OLD}serial")
        typed = {"scope_type": "ORGANIZATION", "link_type": "gs1:support", "custom_url": f"{OLD}support"}
        await create_rule(client, path, **typed)
    await announce_changes(services.database, former, *(f"01/{gtin}" for gtin in gtins))
    await announce_changes(services.database, None, f"brand/{to_short(brand_id)}")
    return brand_id


@pytest.fixture
def ask(services: Services) -> Ask:
    """Ask an edge that serves what is published."""

    async def ask(target: str, **headers: str) -> Reply:
        slices = await read_slices(services.database)
        edge = EdgeClient(None)
        packed = {key: packed for key, (_, packed) in slices.items() if packed is not None}
        edge.holder.replace(DictTable(1, packed))
        return await asyncio.to_thread(edge.get, target, **headers)

    return ask


@pytest.fixture
def change_hands(services: Services, organization: UUID) -> ChangeHands:
    """Let the organization claim the brand, and return what waits to be published then."""

    async def change_hands() -> list[SliceKey]:
        record = BrandRecord(name="Havrefin")
        async with services.database.transaction() as connection:
            await Brands(services.clock).upsert(connection, organization, record=record)
        rows = await services.database.pool.fetch("SELECT slice_key FROM outbox WHERE done_at IS NULL")
        return [row["slice_key"] for row in rows]

    return change_hands


@pytest.fixture
async def new_rule(client: httpx2.AsyncClient, rules_path: str, brand_id: UUID) -> None:
    """Let the organization link the product of a brand that is not its own yet."""
    await create_rule(client, rules_path, custom_url=NEW)


async def test_one_slice_is_published(
    services: Services, full_publisher: Publisher, change_hands: ChangeHands, brand_id: UUID
) -> None:
    first = await full_publisher.publish_once()
    assert len(await read_slices(services.database)) > PRODUCTS

    assert await change_hands() == [f"brand/{to_short(brand_id)}"]

    second = await full_publisher.publish_once()
    changed = [key for key, (seq, _) in (await read_slices(services.database)).items() if seq == second]
    assert (first, second, changed) == (1, 2, [f"brand/{to_short(brand_id)}"])


@pytest.mark.usefixtures("brand_id")
@pytest.mark.parametrize(
    ("target", "accept", "link"),
    [
        (f"/01/{GTIN}", "*/*", OLD),
        (SERIAL, "*/*", f"{OLD}serial"),
        (f"/01/{GTIN}?linkType=gs1:support", "*/*", f"{OLD}support"),
        (f"{SERIAL}?linkType=linkset", "*/*", f"{OLD}serial"),
        (f"/01/{GTIN}", "application/json", OLD),
        (f"/p/01/{GTIN}", "text/html", OLD),
    ],
)
async def test_no_old_link_survives(
    full_publisher: Publisher, change_hands: ChangeHands, ask: Ask, target: str, accept: str, link: str
) -> None:
    await full_publisher.publish_once()
    before = await ask(target, accept=accept)
    assert link in (before.location or before.body.decode())

    await change_hands()
    await full_publisher.publish_once()

    after = await ask(target, accept=accept)
    assert OLD not in f"{after.headers} {after.body.decode()}"


@pytest.mark.usefixtures("new_rule")
async def test_the_links_of_the_new_owner_answer(
    full_publisher: Publisher, change_hands: ChangeHands, ask: Ask
) -> None:
    await full_publisher.publish_once()
    assert (await ask(f"/01/{GTIN}")).location == OLD
    await change_hands()
    await full_publisher.publish_once()
    assert (await ask(f"/01/{GTIN}")).location == NEW


@pytest.mark.usefixtures("new_rule")
async def test_a_brand_alone_redirects_nothing_where_claims_must_be_verified(
    services: Services, connection: Connection, change_hands: ChangeHands, ask: Ask
) -> None:
    publisher = make_publisher(
        connection, services, compile_one=compile_slice, min_claim_tier="prefix_matched"
    )
    await publisher.publish_once()
    assert (await ask(f"/01/{GTIN}")).location == OLD
    await change_hands()
    await publisher.publish_once()
    assert (await ask(f"/01/{GTIN}")).location == f"{ROOT}/p/01/{GTIN}"


@pytest.mark.usefixtures("brand_id")
async def test_the_edge_tells_the_owner_as_the_product_api_does(
    services: Services, full_publisher: Publisher, change_hands: ChangeHands, ask: Ask, organization: UUID
) -> None:
    await full_publisher.publish_once()
    await change_hands()
    await full_publisher.publish_once()
    async with services.database.transaction() as connection:
        product = await Products(services.clock).get(connection, GTIN)

    told = (await ask(f"/01/{GTIN}", accept="application/json")).json()

    shown = product.to_out().model_dump(mode="json")
    assert {name: told[name] for name in shown} == shown
    assert (shown["owner_id"], shown["brand"]) == (to_short(organization), "Havrefin")
