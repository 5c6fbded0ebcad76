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
from tests.product_platform.catalogue import make_organization
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
PIECE = f"8006/{GTIN}0102"
PLACE = "414/9520000100117"
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

    async def test_every_shape_lies_below_it_however_many_rules_have_it(
        self, client: httpx2.AsyncClient, rules_path: str, product: UUID, publish: Any
    ) -> None:
        paths = ("22/2A/10/A", "22/2B/10/A", "22/2A", "22/2A/10/*", "21/*", "21/%2A", "235/T", "10/B", "10/C")
        for path in paths:
            await create_rule(client, rules_path, scope_type="IDENTIFIER", scope_id=f"/{ITEM}/{path}")
        assert (await find_item(publish)).narrower == {"22/10", "22", "22/10*", "21*", "21", "235", "10"}

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

    @pytest.mark.parametrize(
        ("min_claim_tier", "refused"), [("unverified", set()), ("prefix_matched", {"*"})]
    )
    async def test_refuses_an_owner_by_brand_alone_where_claims_are_verified(
        self,
        services: Services,
        organization: UUID,
        product: UUID,
        publish: Any,
        min_claim_tier: str,
        refused: set[str],
    ) -> None:
        brand_id = await make_brand(services.database, organization)
        await services.database.pool.execute("UPDATE products SET brand_id = $1", brand_id)
        assert (await find_item(publish, min_claim_tier=min_claim_tier)).refused_ids == refused

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

    async def test_a_wildcard_is_no_serial(
        self, client: httpx2.AsyncClient, rules_path: str, product: UUID, services: Services, publish: Any
    ) -> None:
        await services.database.pool.execute(
            "INSERT INTO serials (product_id, serial, state, resolver_enabled)"
            " VALUES ($1, '*', 'suspect', false)",
            product,
        )
        await create_rule(client, rules_path, scope_type="IDENTIFIER", scope_id=f"/{ITEM}/21/*")
        table = await publish(f"{ITEM}/21/%2A")
        every, exact = table.find(f"{ITEM}/21/*"), table.find(f"{ITEM}/21/%2A")
        assert isinstance(every, LevelSlice)
        assert isinstance(exact, LevelSlice)
        assert (every.state, len(every.groups)) == (None, 1)
        assert (exact.state, exact.groups) == (SerialState.SUSPECT, {})

    async def test_tells_of_a_flagged_serial(self, product: UUID, services: Services, publish: Any) -> None:
        await services.database.pool.execute(
            "INSERT INTO serials (product_id, serial, state) VALUES ($1, 'b', 'suspect')", product
        )
        level = (await publish(f"{ITEM}/21/b")).find(f"{ITEM}/21/b")
        assert isinstance(level, LevelSlice)
        assert level.state is SerialState.SUSPECT


class TestIdentifier:
    async def test_is_an_item_of_its_organization(
        self, client: httpx2.AsyncClient, rules_path: str, organization: UUID, publish: Any
    ) -> None:
        own = await create_rule(client, rules_path, scope_type="IDENTIFIER", scope_id=f"/{PLACE}")
        dock = await create_rule(client, rules_path, scope_type="IDENTIFIER", scope_id=f"/{PLACE}/254/DOCK")
        table = await publish(min_claim_tier="unverified")
        item, level = table.find(PLACE), table.find(f"{PLACE}/254/DOCK")
        owner = to_short(organization)
        assert isinstance(item, ItemSlice)
        assert isinstance(level, LevelSlice)
        assert (item.name, item.owner_id, item.narrower) == ("GLN 9520000100117", owner, {"254"})
        assert (item.brand_id, item.refused_ids, item.facts) == (None, frozenset(), b"{}")
        assert [entry.rule_id for entry in item.groups[owner]] == [own["id"]]
        assert [entry.rule_id for entry in level.groups[owner]] == [dock["id"]]

    async def test_is_a_claim_that_nobody_has_verified(
        self, client: httpx2.AsyncClient, rules_path: str, organization: UUID, publish: Any
    ) -> None:
        await create_rule(client, rules_path, scope_type="IDENTIFIER", scope_id=f"/{PLACE}")
        item = (await publish(min_claim_tier="prefix_matched")).find(PLACE)
        assert isinstance(item, ItemSlice)
        assert item.refused_ids == {to_short(organization)}

    async def test_stays_an_item_without_rules(
        self, client: httpx2.AsyncClient, rules_path: str, publish: Any
    ) -> None:
        rule = await create_rule(client, rules_path, scope_type="IDENTIFIER", scope_id=f"/{PLACE}/254/DOCK")
        await publish()
        await client.delete(f"/resolution-rules/{rule['id']}")
        table = await publish()
        item = table.find(PLACE)
        assert isinstance(item, ItemSlice)
        assert (item.narrower, table.find(f"{PLACE}/254/DOCK")) == (frozenset(), None)


class TestPiece:
    async def test_goes_with_its_product(
        self, client: httpx2.AsyncClient, rules_path: str, product: UUID, services: Services, publish: Any
    ) -> None:
        await create_rule(client, rules_path, scope_type="IDENTIFIER", scope_id=f"/{PIECE}/21/S")
        before = (await publish()).find(PIECE)
        assert isinstance(before, ItemSlice)
        assert (before.name, before.refused_ids, before.narrower) == ("Oat drink", frozenset(), {"21"})
        assert b'"Oat drink"' in before.facts
        other = await make_organization(services.database, "Cedar")
        await services.database.pool.execute(
            "UPDATE products SET owner_id = $1, claim_verification_status = 'unverified'", other
        )
        after = (await publish(ITEM)).find(PIECE)
        assert isinstance(after, ItemSlice)
        assert (after.owner_id, after.refused_ids) == (to_short(other), {to_short(other)})

    async def test_is_no_item_as_long_as_no_rule_names_it(self, product: UUID, publish: Any) -> None:
        assert (await publish(ITEM, PIECE)).find(PIECE) is None


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
