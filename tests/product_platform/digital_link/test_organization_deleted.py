"""An organization that is deleted, comes back, or is gone for good: what the edge answers then."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from product_platform.account import JOBS, Tombstones
from product_platform.digital_link.service.publisher import Publisher
from product_platform.kit.db import Connection
from product_platform.kit.ids import to_short
from product_platform.kit.jobs import Runner
from product_platform.kit.permissions import OrganizationNotFoundError
from product_platform.kit.services import Services
from product_platform.products import Products
from tests.product_platform.catalogue import make_organization, make_principal, read_outbox
from tests.product_platform.digital_link.conftest import (
    GTIN,
    OTHER_GTIN,
    AskEdge,
    announce_changes,
    create_rule,
    make_brand,
    make_product,
    make_resolver_client,
)
from tests.resolver.edge_client import ROOT

pytestmark = pytest.mark.servers

LINK, RIVAL_LINK = "https://oats.example/", "https://rival.example/"
HOSTED = f"{ROOT}/p/01/{GTIN}"


@pytest.fixture
def tombstones(services: Services) -> Tombstones:
    return Tombstones(services.clock, services.events)


@pytest.fixture
def runner(services: Services) -> Runner:
    return Runner(services, JOBS)


@pytest.fixture
async def rival(services: Services) -> UUID:
    return await make_organization(services.database, "Rival Rice")


@pytest.fixture
async def brand_id(services: Services, organization: UUID) -> UUID:
    return await make_brand(services.database, organization)


@pytest.fixture
async def catalogue(
    services: Services,
    client: httpx2.AsyncClient,
    rules_path: str,
    organization: UUID,
    brand_id: UUID,
    rival: UUID,
) -> None:
    """Let the organization claim a product, and own another by its brand, which a rival had claimed."""
    await make_product(services.database, GTIN, organization)
    other = await make_product(services.database, OTHER_GTIN, rival)
    await services.database.pool.execute("UPDATE products SET brand_id = $1 WHERE id = $2", brand_id, other)
    await create_rule(client, rules_path, custom_url=LINK)
    await services.database.pool.execute(
        "INSERT INTO custom_hosts (organization_id, name, token, verified_at) VALUES ($1, $2, 'x', now())",
        organization,
        "id.meadow.example",
    )
    async with make_resolver_client(services, make_principal(rival)) as other_client:
        path = f"/organizations/{to_short(rival)}/resolution-rules"
        await create_rule(other_client, path, custom_url=RIVAL_LINK)
    keys = [f"01/{GTIN}", f"01/{OTHER_GTIN}", f"brand/{to_short(brand_id)}", "host/id.meadow.example"]
    await announce_changes(services.database, organization, *keys)


async def bury(services: Services, tombstones: Tombstones, organization: UUID) -> None:
    async with services.database.transaction() as connection:
        await tombstones.bury(
            connection, organization, principal=make_principal(organization), reauth_minutes=15
        )


async def restore(services: Services, tombstones: Tombstones, organization: UUID) -> None:
    async with services.database.transaction() as connection:
        await tombstones.restore(connection, organization)


async def find_product(services: Services, gtin: str) -> dict[str, Any]:
    async with services.database.transaction() as connection:
        product = await Products(services.clock).get(connection, gtin)
    return product.to_out().model_dump(mode="json")


@pytest.mark.usefixtures("catalogue")
class TestDeleted:
    async def test_its_rules_answer_nobody_and_its_products_are_unclaimed(
        self, services: Services, tombstones: Tombstones, organization: UUID, ask_edge: AskEdge
    ) -> None:
        assert (await ask_edge(f"/01/{GTIN}")).location == LINK
        assert (await ask_edge(f"/01/{OTHER_GTIN}")).location == LINK

        await bury(services, tombstones, organization)

        assert (await ask_edge(f"/01/{GTIN}")).location == HOSTED
        told = (await ask_edge(f"/01/{GTIN}", accept="application/json")).json()
        shown = await find_product(services, GTIN)
        assert {name: told[name] for name in shown} == shown
        assert (shown["is_claimed"], shown["owner_id"]) == (False, None)
        assert (shown["product_name"], shown["data_source"]) == ("Oat drink", "crowd_sourced")

    async def test_no_former_owner_comes_back_through_its_brands(
        self, services: Services, tombstones: Tombstones, organization: UUID, ask_edge: AskEdge
    ) -> None:
        await bury(services, tombstones, organization)
        assert (await ask_edge(f"/01/{OTHER_GTIN}")).location == f"{ROOT}/p/01/{OTHER_GTIN}"
        assert (await find_product(services, OTHER_GTIN))["owner_id"] is None

    async def test_its_host_answers_as_the_default_host(
        self, services: Services, tombstones: Tombstones, organization: UUID, ask_edge: AskEdge
    ) -> None:
        assert (await ask_edge(f"/01/{OTHER_GTIN}", host="id.meadow.example")).location == LINK
        await bury(services, tombstones, organization)
        reply = await ask_edge(f"/01/{GTIN}", host="id.meadow.example")
        assert reply.location == HOSTED

    async def test_edges_hear_of_the_organization_before_what_it_owned_and_of_its_brands_at_last(
        self,
        services: Services,
        tombstones: Tombstones,
        organization: UUID,
        brand_id: UUID,
        full_publisher: Publisher,
    ) -> None:
        await full_publisher.publish_once()
        await bury(services, tombstones, organization)
        rows = await services.database.pool.fetch(
            "SELECT slice_key FROM outbox WHERE done_at IS NULL ORDER BY id"
        )
        keys = [row["slice_key"] for row in rows]
        assert (keys[0], keys[-1]) == (f"org/{to_short(organization)}", f"brand/{to_short(brand_id)}")
        assert set(keys[1:-1]) == {"host/id.meadow.example", f"01/{GTIN}", f"01/{OTHER_GTIN}"}

    async def test_of_a_deletion_that_fails_nothing_is_left(
        self, services: Services, organization: UUID
    ) -> None:
        async def fail(_connection: Connection, _event: object) -> None:
            raise ConnectionError

        before = await read_outbox(services.database)
        for kind in list(services.events._handlers):
            services.events.on(kind, fail)
        with pytest.raises(ConnectionError):
            await bury(services, Tombstones(services.clock, services.events), organization)
        assert (await find_product(services, GTIN))["owner_id"] == to_short(organization)
        assert await read_outbox(services.database) == before


@pytest.mark.usefixtures("catalogue")
class TestRestored:
    async def test_it_has_again_what_it_had(
        self, services: Services, tombstones: Tombstones, organization: UUID, ask_edge: AskEdge
    ) -> None:
        before = await find_product(services, GTIN)
        await bury(services, tombstones, organization)
        await ask_edge(f"/01/{GTIN}")
        await restore(services, tombstones, organization)
        assert (await ask_edge(f"/01/{GTIN}")).location == LINK
        assert (await ask_edge(f"/01/{OTHER_GTIN}", host="id.meadow.example")).location == LINK
        after = await find_product(services, GTIN)
        assert (after["owner_id"], after["data_source"]) == (to_short(organization), "claimed")
        assert after["claim_verification_status"] == before["claim_verification_status"]
        assert await services.database.pool.fetchval("SELECT count(*) FROM tombstoned_claims") == 0

    async def test_what_others_have_claimed_meanwhile_is_theirs(
        self,
        services: Services,
        tombstones: Tombstones,
        organization: UUID,
        rival: UUID,
        brand_id: UUID,
        ask_edge: AskEdge,
    ) -> None:
        await bury(services, tombstones, organization)
        pool = services.database.pool
        await pool.execute("UPDATE products SET owner_id = $1 WHERE gtin = $2", rival, GTIN)
        await pool.execute("UPDATE brands SET organization_id = $1 WHERE id = $2", rival, brand_id)
        await restore(services, tombstones, organization)
        await announce_changes(services.database, rival, f"01/{GTIN}", f"brand/{to_short(brand_id)}")
        assert (await ask_edge(f"/01/{GTIN}")).location == RIVAL_LINK
        assert (await ask_edge(f"/01/{OTHER_GTIN}")).location == RIVAL_LINK

    async def test_one_that_was_not_deleted_is_not_found(
        self, services: Services, tombstones: Tombstones, organization: UUID
    ) -> None:
        with pytest.raises(OrganizationNotFoundError):
            await restore(services, tombstones, organization)


@pytest.mark.usefixtures("catalogue")
class TestPurged:
    async def test_after_90_days_what_was_for_it_alone_is_gone_and_others_keep_theirs(
        self,
        services: Services,
        tombstones: Tombstones,
        organization: UUID,
        runner: Runner,
        ask_edge: AskEdge,
    ) -> None:
        await bury(services, tombstones, organization)
        clock: Any = services.clock
        clock.advance(timedelta(days=90).total_seconds() - 1)
        assert not await runner.run_due()
        clock.advance(1)
        assert await runner.run_due()

        left = await services.database.pool.fetch("SELECT organization_id FROM resolution_rules")
        assert [row["organization_id"] == organization for row in left] == [False]
        for table in ("custom_hosts", "rule_versions", "rule_changes", "tombstoned_claims", "api_keys"):
            count = f"SELECT count(*) FROM {table} WHERE organization_id = $1"
            assert await services.database.pool.fetchval(count, organization) == 0, table
        name = await services.database.pool.fetchval(
            "SELECT name FROM organizations WHERE id = $1", organization
        )
        assert name == ""
        assert (await ask_edge(f"/01/{GTIN}")).location == HOSTED

    async def test_it_cannot_come_back(
        self, services: Services, tombstones: Tombstones, organization: UUID, clock: Any, runner: Runner
    ) -> None:
        await bury(services, tombstones, organization)
        clock.advance(timedelta(days=90).total_seconds())
        await runner.run_due()
        with pytest.raises(OrganizationNotFoundError):
            await restore(services, tombstones, organization)

    async def test_one_that_came_back_and_was_deleted_again_has_its_whole_time_again(
        self, services: Services, tombstones: Tombstones, organization: UUID, clock: Any, runner: Runner
    ) -> None:
        await bury(services, tombstones, organization)
        clock.advance(timedelta(days=80).total_seconds())
        await restore(services, tombstones, organization)
        await bury(services, tombstones, organization)
        clock.advance(timedelta(days=89).total_seconds())
        await runner.run_due()
        await restore(services, tombstones, organization)
