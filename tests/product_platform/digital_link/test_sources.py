"""What reaches the compiler of each kind of slice, from the rows that the API writes."""

from typing import Any
from uuid import UUID

import httpx2
import pytest

from product_platform.digital_link import CustomUrls, CustomUrlStatus
from product_platform.kit.db import Connection
from product_platform.kit.ids import to_short
from product_platform.kit.services import Services
from product_platform.products import Products
from rules_compiler.compiler import compile_slice
from rules_compiler.dict_table import DictTable
from rules_compiler.model import SerialState, SliceKey
from rules_compiler.tables import BrandSlice, ItemSlice, LevelSlice, OrganizationSlice
from tests.product_platform.digital_link.conftest import (
    GTIN,
    announce_changes,
    create_rule,
    make_brand,
    make_product,
    make_publisher,
    read_slices,
)

pytestmark = pytest.mark.servers

ITEM = f"01/{GTIN}"
URL = "https://example.com/a"


@pytest.fixture
def publish(connection: Connection, services: Services) -> Any:
    """Publish what waits, and return the table that an edge would have."""

    async def publish(*keys: SliceKey, min_claim_tier: str = "prefix_matched") -> DictTable:
        await announce_changes(services.database, None, *keys)
        publisher = make_publisher(
            connection,
            services,
            compile_one=compile_slice,
            load_facts=Products.facts,
            min_claim_tier=min_claim_tier,
        )
        await publisher.publish_once()
        slices = await read_slices(services.database)
        return DictTable(1, {key: packed for key, (_, packed) in slices.items() if packed is not None})

    return publish


async def find_item(publish: Any, **options: str) -> ItemSlice:
    item = (await publish(ITEM, **options)).find(ITEM)
    assert isinstance(item, ItemSlice)
    return item


class TestItem:
    async def test_has_its_rules_owner_and_facts(
        self, client: httpx2.AsyncClient, rules_path: str, product: UUID, organization: UUID, publish: Any
    ) -> None:
        rule = await create_rule(client, rules_path, scope_type="PRODUCT", scope_id=GTIN, custom_url=URL)
        item = await find_item(publish)
        assert (item.name, item.owner_id, item.is_resolvable) == ("Oat drink", to_short(organization), True)
        assert [entry.rule_id for entry in item.groups[to_short(organization)]] == [rule["id"]]
        assert b'"Oat drink"' in item.facts
        assert item.narrower == frozenset()

    async def test_tells_what_lies_below_it(
        self, client: httpx2.AsyncClient, rules_path: str, product: UUID, publish: Any
    ) -> None:
        await create_rule(client, rules_path, scope_type="BATCH", scope_id="A", product_id=GTIN)
        assert (await find_item(publish)).narrower == {"10"}
        await create_rule(client, rules_path, scope_type="SERIAL", scope_id="A", product_id=GTIN)
        assert (await find_item(publish)).narrower == {"10", "21"}

    async def test_a_disabled_rule_lies_not_below_it(
        self, client: httpx2.AsyncClient, rules_path: str, product: UUID, publish: Any
    ) -> None:
        batch = {"scope_type": "BATCH", "scope_id": "A", "product_id": GTIN}
        await create_rule(client, rules_path, enabled=False, **batch)
        assert (await find_item(publish)).narrower == frozenset()
        await create_rule(client, rules_path, **batch)
        assert (await find_item(publish)).narrower == {"10"}

    async def test_a_flagged_serial_lies_below_it(
        self, product: UUID, services: Services, publish: Any
    ) -> None:
        await services.database.pool.execute(
            "INSERT INTO serials (product_id, serial, state)"
            " VALUES ($1, 'a', 'authentic'), ($1, 'b', 'suspect')",
            product,
        )
        assert (await find_item(publish)).narrower == {"21"}

    @pytest.mark.parametrize(
        ("claim", "refused"),
        [
            (("verified", "verified"), False),
            (("prefix_matched", "verified"), True),
            (("prefix_matched", "prefix_matched"), False),
            (("unverified", "prefix_matched"), True),
            (("unverified", "unverified"), False),
            ((None, "unverified"), False),
            ((None, "prefix_matched"), True),
            (("disputed", "unverified"), True),
            (("rejected", "unverified"), True),
        ],
    )
    async def test_refuses_a_claim_below_the_tier(
        self,
        services: Services,
        organization: UUID,
        publish: Any,
        claim: tuple[str | None, str],
        refused: bool,
    ) -> None:
        status, min_claim_tier = claim
        await make_product(services.database, GTIN, organization, claim=status)
        item = await find_item(publish, min_claim_tier=min_claim_tier)
        assert item.refused_ids == (frozenset({to_short(organization)}) if refused else frozenset())

    async def test_a_dead_target_is_left_out(
        self,
        client: httpx2.AsyncClient,
        rules_path: str,
        product: UUID,
        organization: UUID,
        services: Services,
        publish: Any,
    ) -> None:
        await create_rule(client, rules_path, scope_type="PRODUCT", scope_id=GTIN, custom_url=URL)
        async with services.database.transaction() as connection:
            await CustomUrls(services.clock).set_status(
                connection, organization, URL, status=CustomUrlStatus.UNREACHABLE
            )
        assert (await find_item(publish)).groups == {}


class TestLevel:
    async def test_has_its_rules(
        self, client: httpx2.AsyncClient, rules_path: str, product: UUID, organization: UUID, publish: Any
    ) -> None:
        rule = await create_rule(client, rules_path, scope_type="BATCH", scope_id="A/1", product_id=GTIN)
        level = (await publish()).find(f"{ITEM}/10/A%2F1")
        assert isinstance(level, LevelSlice)
        assert [entry.rule_id for entry in level.groups[to_short(organization)]] == [rule["id"]]

    async def test_has_none_when_the_lot_is_switched_off(
        self, client: httpx2.AsyncClient, rules_path: str, product: UUID, services: Services, publish: Any
    ) -> None:
        await create_rule(client, rules_path, scope_type="BATCH", scope_id="A/1", product_id=GTIN)
        await services.database.pool.execute("UPDATE lots SET resolver_enabled = false")
        assert (await publish(f"{ITEM}/10/A%2F1")).find(f"{ITEM}/10/A%2F1") is None

    async def test_tells_of_a_flagged_serial(self, product: UUID, services: Services, publish: Any) -> None:
        await services.database.pool.execute(
            "INSERT INTO serials (product_id, serial, state) VALUES ($1, 'b', 'suspect')", product
        )
        level = (await publish(f"{ITEM}/21/b")).find(f"{ITEM}/21/b")
        assert isinstance(level, LevelSlice)
        assert level.state is SerialState.SUSPECT


class TestParties:
    async def test_brand(self, organization: UUID, services: Services, publish: Any) -> None:
        brand = await make_brand(services.database, organization)
        key = f"brand/{to_short(brand)}"
        found = (await publish(key)).find(key)
        assert isinstance(found, BrandSlice)
        assert (found.name, found.organization_id) == ("Havrefin", to_short(organization))

    async def test_organization(
        self, client: httpx2.AsyncClient, rules_path: str, organization: UUID, publish: Any
    ) -> None:
        await create_rule(client, rules_path)
        key = f"org/{to_short(organization)}"
        found = (await publish(key)).find(key)
        assert isinstance(found, OrganizationSlice)
        assert len(found.groups[to_short(organization)]) == 1
