"""What lint says of stored rules, on demand and at a write."""

from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from product_platform.digital_link.service import rules_lint
from product_platform.kit.ids import to_short
from product_platform.kit.services import Services
from tests.product_platform.catalogue import make_principal
from tests.product_platform.digital_link.conftest import (
    GTIN,
    OTHER_GTIN,
    create_rule,
    make_brand,
    make_product,
    make_resolver_client,
)

pytestmark = pytest.mark.servers

EVERYBODY = {"scope_type": "ORGANIZATION", "destination_type": "HOSTED_PAGE"}


async def lint(client: httpx2.AsyncClient, rules_path: str) -> list[dict[str, Any]]:
    answer = await client.get(f"{rules_path}/lint")
    assert answer.status_code == 200, answer.text
    findings: list[dict[str, Any]] = answer.json()["data"]
    return findings


class TestOnDemand:
    async def test_both_rules_of_a_shadow_are_named(
        self, client: httpx2.AsyncClient, rules_path: str
    ) -> None:
        first, second = [await create_rule(client, rules_path) for _ in range(2)]
        assert await lint(client, rules_path) == [
            {
                "severity": "warning",
                "code": "unreachable_rule",
                "rule_ids": [second["id"], first["id"]],
                "field": "order_index",
                "message": f"It is never reached: the rule {first['id']}, further up, answers before it.",
            }
        ]

    async def test_hosts_and_the_root_are_known(
        self, client: httpx2.AsyncClient, rules_path: str, organization: UUID, services: Services
    ) -> None:
        await services.database.pool.execute(
            "INSERT INTO custom_hosts (organization_id, name, token, verified_at, created, modified)"
            " VALUES ($1, 'id.meadow.example', 't', now(), now(), now())",
            organization,
        )
        roots = (services.settings.base_url, "https://id.meadow.example")
        for root, language in zip(roots, ("fr", "de"), strict=True):
            await create_rule(client, rules_path, custom_url=f"{root}/01/{GTIN}", languages=[language])
        assert [each["code"] for each in await lint(client, rules_path)] == ["target_leads_back"] * 2

    async def test_a_default_of_the_brand_is_known(
        self,
        client: httpx2.AsyncClient,
        rules_path: str,
        organization: UUID,
        product: UUID,
        services: Services,
    ) -> None:
        brand = await make_brand(services.database, organization)
        fields = {"scope_type": "PRODUCT", "scope_id": GTIN, "link_type": "gs1:faqs"}
        rule = await create_rule(client, rules_path, **fields)
        await create_rule(client, rules_path, scope_type="BRAND", scope_id=to_short(brand))
        assert [each["rule_ids"] for each in await lint(client, rules_path)] == [[rule["id"]]]
        await services.database.pool.execute(
            "UPDATE products SET brand_id = $1 WHERE id = $2", brand, product
        )
        assert await lint(client, rules_path) == []

    async def test_in_parts_it_finds_the_same(
        self,
        client: httpx2.AsyncClient,
        rules_path: str,
        organization: UUID,
        product: UUID,
        services: Services,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        await make_product(services.database, OTHER_GTIN, organization)
        for gtin in (GTIN, OTHER_GTIN):
            for scope in (f"/01/{gtin}", f"/01/{gtin}", f"/01/{gtin}/10/A"):
                fields = {"scope_type": "IDENTIFIER", "scope_id": scope, "link_type": "gs1:faqs"}
                await create_rule(client, rules_path, **fields)
        for _ in range(2):
            await create_rule(client, rules_path, link_type="gs1:faqs")
        whole = await lint(client, rules_path)
        monkeypatch.setattr(rules_lint, "_RULES_AT_ONCE", 1)
        assert await lint(client, rules_path) == whole
        assert len(whole) == 7
        monkeypatch.setattr(rules_lint, "MOST_FINDINGS", 2)
        assert await lint(client, rules_path) == whole[:2]

    async def test_a_stranger_hears_nothing(self, rules_path: str, services: Services) -> None:
        async with make_resolver_client(services, make_principal(uuid4())) as stranger:
            assert (await stranger.get(f"{rules_path}/lint")).status_code == 404


class TestAtAWrite:
    async def test_a_default_of_the_brand_is_known(
        self,
        client: httpx2.AsyncClient,
        rules_path: str,
        organization: UUID,
        product: UUID,
        services: Services,
    ) -> None:
        brand = await make_brand(services.database, organization)
        await services.database.pool.execute(
            "UPDATE products SET brand_id = $1 WHERE id = $2", brand, product
        )
        await create_rule(client, rules_path, scope_type="BRAND", scope_id=to_short(brand))
        body = {"destination_type": "HOSTED_PAGE", "scope_type": "PRODUCT", "scope_id": GTIN}
        answer = await client.post(rules_path, json=body | {"link_type": "gs1:faqs"})
        assert answer.headers["Signpost-Warnings"] == "0"

    async def test_the_answer_counts_the_warnings_of_the_rule(
        self, client: httpx2.AsyncClient, rules_path: str
    ) -> None:
        first = await client.post(rules_path, json=EVERYBODY)
        second = await client.post(rules_path, json=EVERYBODY | {"link_type": "gs1:warranty"})
        path = f"/resolution-rules/{second.json()['id']}"
        third = await client.patch(path, json={"link_type": None})
        fourth = await client.patch(path, json={"order_index": -1, "languages": ["fr"]})
        counts = [answer.headers["Signpost-Warnings"] for answer in (first, second, third, fourth)]
        assert counts == ["0", "1", "1", "0"]
