"""The history of a rule set over HTTP: what differs between versions, and the way back."""

from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from product_platform.digital_link import Rules
from product_platform.kit.ids import from_short
from product_platform.kit.permissions import Role
from product_platform.kit.services import Services
from tests.product_platform.catalogue import clear_outbox, make_organization, make_principal, read_outbox
from tests.product_platform.digital_link.conftest import (
    GTIN,
    codes,
    create_rule,
    make_resolver_client,
)

pytestmark = pytest.mark.servers


@pytest.fixture
def history_path(rules_path: str) -> str:
    return f"{rules_path}/history"


async def list_rules(client: httpx2.AsyncClient, rules_path: str) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = (await client.get(rules_path)).json()["data"]
    return [{name: value for name, value in rule.items() if name != "modified"} for rule in rules]


async def diff(client: httpx2.AsyncClient, history_path: str, first: int, last: int) -> list[dict[str, Any]]:
    answer = await client.get(f"{history_path}/diff", params={"from": first, "to": last})
    assert answer.status_code == 200, answer.text
    changes: list[dict[str, Any]] = answer.json()["data"]
    return changes


class TestDiff:
    async def test_a_rule_that_was_changed_twice(
        self, client: httpx2.AsyncClient, rules_path: str, history_path: str
    ) -> None:
        rule = await create_rule(client, rules_path, title="First")
        path = f"/resolution-rules/{rule['id']}"
        await client.patch(path, json={"title": "Second", "languages": ["fr"]})
        await client.patch(path, json={"title": "Third"})
        assert await diff(client, history_path, 1, 3) == [
            {
                "rule_id": rule["id"],
                "kind": "changed",
                "fields": {
                    "title": {"before": "First", "after": "Third"},
                    "languages": {"before": None, "after": ["fr"]},
                },
            }
        ]

    async def test_back_in_time_it_is_the_other_way_round(
        self, client: httpx2.AsyncClient, rules_path: str, history_path: str
    ) -> None:
        await create_rule(client, rules_path)
        (forward,) = await diff(client, history_path, 0, 1)
        (backward,) = await diff(client, history_path, 1, 0)
        assert (forward["kind"], backward["kind"]) == ("created", "deleted")
        assert forward["fields"]["enabled"] == {"before": None, "after": True}
        assert backward["fields"]["enabled"] == {"before": True, "after": None}

    async def test_what_was_undone_is_no_difference(
        self, client: httpx2.AsyncClient, rules_path: str, history_path: str
    ) -> None:
        rule = await create_rule(client, rules_path)
        for enabled in (False, True):
            await client.patch(f"/resolution-rules/{rule['id']}", json={"enabled": enabled})
        assert await diff(client, history_path, 1, 3) == []
        assert await diff(client, history_path, 2, 2) == []

    async def test_a_version_that_is_not_there(self, client: httpx2.AsyncClient, history_path: str) -> None:
        answer = await client.get(f"{history_path}/diff", params={"from": 0, "to": 1})
        assert answer.status_code == 404

    @pytest.mark.parametrize("params", [{}, {"from": 1}, {"from": -1, "to": 1}, {"from": "a", "to": 1}])
    async def test_malformed_versions(
        self, client: httpx2.AsyncClient, history_path: str, params: dict[str, Any]
    ) -> None:
        assert (await client.get(f"{history_path}/diff", params=params)).status_code == 422


@pytest.mark.usefixtures("product")
class TestRollback:
    async def test_brings_everything_back_as_one_version(
        self, client: httpx2.AsyncClient, rules_path: str, history_path: str
    ) -> None:
        product = {"scope_type": "PRODUCT", "scope_id": GTIN}
        first, second = [
            await create_rule(client, rules_path, custom_url=f"https://example.com/{name}", **product)
            for name in "ab"
        ]
        before = await list_rules(client, rules_path)
        await client.delete(f"/resolution-rules/{first['id']}")
        await client.patch(
            f"/resolution-rules/{second['id']}", json={"order_index": 0, "metadata": {"a": "b"}}
        )
        await create_rule(client, rules_path, custom_url="https://example.com/c", **product)
        answer = await client.post(f"{history_path}/2/rollback")
        assert answer.status_code == 200, answer.text
        version = answer.json()
        assert (version["number"], version["note"]) == (6, "rollback to version 2")
        assert len(version["changes"]) == 3
        assert await list_rules(client, rules_path) == before
        assert await diff(client, history_path, 2, 6) == []

    async def test_publishes_what_it_changes(
        self, client: httpx2.AsyncClient, rules_path: str, history_path: str, services: Services
    ) -> None:
        scope = {"scope_type": "BATCH", "scope_id": "A", "product_id": GTIN}
        rule = await create_rule(client, rules_path, **scope)
        await client.delete(f"/resolution-rules/{rule['id']}")
        await clear_outbox(services.database)
        await client.post(f"{history_path}/1/rollback")
        assert await read_outbox(services.database) == {f"01/{GTIN}/10/A", f"01/{GTIN}"}

    async def test_from_an_old_reading_is_refused(
        self, client: httpx2.AsyncClient, rules_path: str, history_path: str
    ) -> None:
        etag = (await client.get(rules_path)).headers["ETag"]
        for _ in range(2):
            await create_rule(client, rules_path)
        path = f"{history_path}/1/rollback"
        assert (await client.post(path, headers={"If-Match": etag})).status_code == 412
        etag = (await client.get(rules_path)).headers["ETag"]
        answer = await client.post(path, headers={"If-Match": etag})
        assert (answer.status_code, answer.headers["ETag"]) == (200, '"3"')

    async def test_to_the_present_version_changes_nothing(
        self, client: httpx2.AsyncClient, rules_path: str, history_path: str
    ) -> None:
        await create_rule(client, rules_path)
        answer = await client.post(f"{history_path}/1/rollback")
        assert (answer.status_code, answer.json()["number"]) == (200, 1)

    async def test_is_refused_whole_when_a_product_is_gone(
        self, client: httpx2.AsyncClient, rules_path: str, history_path: str, services: Services
    ) -> None:
        kept = await create_rule(client, rules_path)
        lost = await create_rule(client, rules_path, scope_type="PRODUCT", scope_id=GTIN)
        for rule in (kept, lost):
            await client.delete(f"/resolution-rules/{rule['id']}")
        await services.database.pool.execute("UPDATE products SET owner_id = NULL")
        answer = await client.post(f"{history_path}/2/rollback")
        assert codes(answer) == {f"rules.{lost['id']}.scope_id": "unknown_product"}
        assert await list_rules(client, rules_path) == []
        assert (await client.get(history_path)).json()["pagination"]["total_count"] == 4

    async def test_an_id_that_another_organization_has_now(
        self, client: httpx2.AsyncClient, rules_path: str, history_path: str, services: Services
    ) -> None:
        rule = await create_rule(client, rules_path)
        await client.delete(f"/resolution-rules/{rule['id']}")
        rival = await make_organization(services.database, "Rival")
        async with services.database.transaction() as connection:
            body = {"scope_type": "ORGANIZATION", "destination_type": "HOSTED_PAGE"}
            rule_id = from_short(rule["id"])
            await Rules(services.clock).put(connection, rival, rule_id=rule_id, body=body)
        assert (await client.post(f"{history_path}/1/rollback")).status_code == 409

    @pytest.mark.parametrize(("number", "status"), [(9, 404), (0, 422), ("x", 422), (2**70, 422)])
    async def test_a_version_that_is_not_there(
        self, client: httpx2.AsyncClient, history_path: str, number: Any, status: int
    ) -> None:
        assert (await client.post(f"{history_path}/{number}/rollback")).status_code == status


class TestPermissions:
    async def test_a_reader_sees_differences_and_cannot_go_back(
        self,
        client: httpx2.AsyncClient,
        rules_path: str,
        history_path: str,
        organization: UUID,
        services: Services,
    ) -> None:
        await create_rule(client, rules_path)
        reader = make_principal(organization, role=Role.READONLY)
        async with make_resolver_client(services, reader) as reading:
            assert len(await diff(reading, history_path, 0, 1)) == 1
            assert (await reading.post(f"{history_path}/1/rollback")).status_code == 404

    async def test_a_stranger_sees_nothing(self, history_path: str, services: Services) -> None:
        async with make_resolver_client(services, make_principal(uuid4())) as stranger:
            answer = await stranger.get(f"{history_path}/diff", params={"from": 0, "to": 0})
            assert answer.status_code == 404
