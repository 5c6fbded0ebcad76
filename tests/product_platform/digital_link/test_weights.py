"""Weights over HTTP: rules share a place when all of them have a weight, and equal criteria."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx2
import orjson
import pytest

from product_platform.digital_link.service.rules_check import check_lines
from product_platform.digital_link.service.rules_export import export_lines
from product_platform.digital_link.service.rules_file import import_lines
from product_platform.kit.clock import FixedClock
from product_platform.kit.db import Database
from tests.product_platform.catalogue import make_principal
from tests.product_platform.digital_link.conftest import codes, create_rule

AT = datetime(2026, 3, 1, tzinfo=UTC)

pytestmark = pytest.mark.servers

BODY = {"scope_type": "ORGANIZATION", "destination_type": "CUSTOM_URL", "custom_url": "https://example.com/x"}


@pytest.fixture
async def arm(client: httpx2.AsyncClient, rules_path: str) -> dict[str, Any]:
    """Make a rule with a weight, for French readers, in place 5."""
    return await create_rule(
        client, rules_path, custom_url="https://example.com/a", order_index=5, weight=3, languages=["fr"]
    )


def like(arm: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return BODY | {name: arm[name] for name in ("order_index", "weight", "languages")} | fields


class TestCreate:
    async def test_arms_of_equal_criteria_share_a_place(
        self, client: httpx2.AsyncClient, rules_path: str, arm: dict[str, Any]
    ) -> None:
        other = await client.post(rules_path, json=like(arm, weight=1000))
        assert other.status_code == 201
        assert (other.json()["order_index"], other.json()["weight"]) == (5, 1000)

    @pytest.mark.parametrize(
        "difference",
        [
            {"weight": None},
            {"languages": ["de"]},
            {"languages": None},
            {"link_type": "gs1:pip"},
            {"location_countries": ["CA"]},
            {"days_of_week": [1]},
            {"absolute_end_at": "2027-01-01T00:00:00Z"},
        ],
    )
    async def test_other_rules_do_not(
        self, client: httpx2.AsyncClient, rules_path: str, arm: dict[str, Any], difference: dict[str, Any]
    ) -> None:
        answer = await client.post(rules_path, json=like(arm, **difference))
        assert answer.status_code == 409
        assert (await client.get(rules_path)).json()["data"] == [arm]

    async def test_a_rule_without_weight_shares_with_nobody(
        self, client: httpx2.AsyncClient, rules_path: str
    ) -> None:
        rule = await create_rule(client, rules_path, custom_url="https://example.com/a")
        answer = await client.post(rules_path, json=BODY | {"order_index": rule["order_index"], "weight": 1})
        assert answer.status_code == 409

    @pytest.mark.parametrize("weight", [0, 1001, -1])
    async def test_a_weight_is_from_1_to_1000(
        self, client: httpx2.AsyncClient, rules_path: str, weight: int
    ) -> None:
        assert codes(await client.post(rules_path, json=BODY | {"weight": weight})) == {
            "weight": "bad_weight"
        }


class TestChange:
    async def test_an_arm_keeps_the_criteria_of_its_group(
        self, client: httpx2.AsyncClient, rules_path: str, arm: dict[str, Any]
    ) -> None:
        other = (await client.post(rules_path, json=like(arm))).json()
        path = f"/resolution-rules/{other['id']}"
        assert (await client.patch(path, json={"languages": ["de"]})).status_code == 409
        assert (await client.patch(path, json={"weight": None})).status_code == 409
        assert (await client.patch(path, json={"weight": 9})).json()["weight"] == 9
        elsewhere = await client.patch(path, json={"languages": ["de"], "order_index": 6})
        assert elsewhere.status_code == 200

    async def test_arms_are_brought_together_by_a_reorder(
        self, client: httpx2.AsyncClient, rules_path: str, arm: dict[str, Any]
    ) -> None:
        other = (await client.post(rules_path, json=like(arm, order_index=6))).json()
        orders = [{"id": each["id"], "order_index": 9} for each in (arm, other)]
        answer = await client.post(f"{rules_path}/reorder", json={"rules": orders})
        assert answer.status_code == 200
        assert [rule["order_index"] for rule in answer.json()["data"]] == [9, 9]

    async def test_a_reorder_brings_nothing_else_together(
        self, client: httpx2.AsyncClient, rules_path: str, arm: dict[str, Any]
    ) -> None:
        other = (await client.post(rules_path, json=like(arm, order_index=6, languages=["de"]))).json()
        orders = [{"id": each["id"], "order_index": 9} for each in (arm, other)]
        answer = await client.post(f"{rules_path}/reorder", json={"rules": orders})
        assert codes(answer) == {"rules[1].order_index": "repeated_order_index"}


class TestCheckFile:
    def test_it_knows_arms(self) -> None:
        rule = '{"type": "rule", "ref": "%s", "scope_type": "ORGANIZATION", "order_index": 1, %s}'
        target = '"destination_type": "HOSTED_PAGE"'
        lines = [
            rule % ("a", f'{target}, "weight": 1'),
            rule % ("b", f'{target}, "weight": 2'),
            rule % ("c", f'{target}, "weight": 3, "languages": ["de"]'),
            rule % ("d", target),
        ]
        problems = [(problem.rule, problem.code) for problem in check_lines(lines, at=AT)]
        assert problems == [("c", "repeated_order_index"), ("d", "repeated_order_index")]


class TestFile:
    async def test_arms_travel_by_file(
        self, database: Database, clock: FixedClock, organization: UUID
    ) -> None:
        rule = (
            '{"type": "rule", "ref": "%s", "scope_type": "ORGANIZATION", "order_index": 1, "weight": %d, %s}'
        )
        target = '"destination_type": "HOSTED_PAGE"'
        lines = [rule % ("a", 900, target), rule % ("b", 100, target)]
        principal = make_principal(organization)
        for _ in range(2):
            report = await import_lines(
                database, lines, organization_id=organization, principal=principal, clock=clock
            )
            assert (report.kept, report.problems) == (2, [])
        exported = export_lines(database, organization_id=organization, principal=principal)
        rules = [orjson.loads(line) async for line in exported if b'"rule"' in line]
        assert sorted(rule["weight"] for rule in rules) == [100, 900]
        assert {rule["order_index"] for rule in rules} == {1}


class TestHistory:
    async def test_a_rollback_brings_a_group_back(
        self, client: httpx2.AsyncClient, rules_path: str, arm: dict[str, Any]
    ) -> None:
        other = (await client.post(rules_path, json=like(arm))).json()
        for each in (arm, other):
            assert (await client.delete(f"/resolution-rules/{each['id']}")).status_code == 200
        answer = await client.post(f"{rules_path}/history/2/rollback")
        assert answer.status_code == 200, answer.text
        weights = [rule["weight"] for rule in (await client.get(rules_path)).json()["data"]]
        assert weights == [3, 3]
