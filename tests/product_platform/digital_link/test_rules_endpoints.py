"""Rules over HTTP: statuses, shapes, and that a refused write leaves nothing."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from product_platform.kit.ids import to_short
from product_platform.kit.permissions import Role
from product_platform.kit.services import Services
from tests.product_platform.catalogue import (
    clear_outbox,
    make_organization,
    make_principal,
    read_outbox,
)
from tests.product_platform.digital_link.conftest import (
    GTIN,
    OTHER_GTIN,
    codes,
    create_rule,
    make_brand,
    make_product,
    make_resolver_client,
)

pytestmark = pytest.mark.servers

UNKNOWN = "2222222222222222222223"
CUSTOM = {"scope_type": "ORGANIZATION", "destination_type": "CUSTOM_URL"}


class TestCreate:
    async def test_answers_every_key(
        self, client: httpx2.AsyncClient, rules_path: str, organization: UUID
    ) -> None:
        rule = await create_rule(client, rules_path, custom_url="https://example.com/a")
        assert rule == {
            "id": rule["id"],
            "organization_id": to_short(organization),
            "scope_type": "ORGANIZATION",
            "scope_id": None,
            "product_id": None,
            "order_index": 0,
            "enabled": True,
            "destination_type": "CUSTOM_URL",
            "custom_url": "https://example.com/a",
            "on_custom_url_dead": "SKIP_RULE",
            "link_type": None,
            "title": None,
            "languages": None,
            "media_type": None,
            "contexts": None,
            "absolute_start_at": None,
            "absolute_end_at": None,
            "annual_start_mmdd": None,
            "annual_end_mmdd": None,
            "days_of_week": None,
            "time_of_day_start": None,
            "time_of_day_end": None,
            "timezone": None,
            "location_countries": None,
            "location_regions": None,
            "location_cities": None,
            "weight": None,
            "metadata": {},
            "created": "2026-03-01T12:00:00Z",
            "modified": "2026-03-01T12:00:00Z",
        }

    async def test_stores_values_in_their_normal_form(
        self, client: httpx2.AsyncClient, rules_path: str
    ) -> None:
        rule = await create_rule(
            client,
            rules_path,
            link_type="https://ref.gs1.org/voc/pip",
            days_of_week=[4, 0, 4],
            time_of_day_start="09:00",
            time_of_day_end="17:30:15",
            location_countries=["ca", "CA", "us"],
            location_regions=[],
            absolute_start_at="2026-05-01T10:00:00",
            absolute_end_at="2026-05-01T14:00:00+02:00",
            metadata={"a": "b", "c": ""},
        )
        assert rule["link_type"] == "gs1:pip"
        assert rule["days_of_week"] == [0, 4]
        assert (rule["time_of_day_start"], rule["time_of_day_end"]) == ("09:00:00", "17:30:15")
        assert rule["location_countries"] == ["CA", "US"]
        assert rule["location_regions"] is None
        assert rule["absolute_start_at"] == "2026-05-01T10:00:00Z"
        assert rule["absolute_end_at"] == "2026-05-01T12:00:00Z"
        assert rule["metadata"] == {"a": "b"}

    async def test_is_appended_to_its_scope(
        self, client: httpx2.AsyncClient, rules_path: str, product: UUID
    ) -> None:
        await create_rule(client, rules_path, order_index=7)
        assert (await create_rule(client, rules_path))["order_index"] == 8
        other = await create_rule(client, rules_path, scope_type="PRODUCT", scope_id=GTIN)
        assert other["order_index"] == 0

    async def test_two_at_once_get_two_places(self, client: httpx2.AsyncClient, rules_path: str) -> None:
        rules = await asyncio.gather(*(create_rule(client, rules_path) for _ in range(6)))
        assert sorted(rule["order_index"] for rule in rules) == list(range(6))

    async def test_a_taken_place(self, client: httpx2.AsyncClient, rules_path: str) -> None:
        await create_rule(client, rules_path, order_index=3)
        body = {"scope_type": "ORGANIZATION", "destination_type": "HOSTED_PAGE", "order_index": 3}
        assert (await client.post(rules_path, json=body)).status_code == 409

    async def test_every_problem_is_named_in_the_order_of_the_body(
        self, client: httpx2.AsyncClient, rules_path: str, services: Services
    ) -> None:
        body = {
            "order_index": "first",
            "scope_type": "PRODUCT",
            "scope_id": "09506000134353",
            "destination_type": "CUSTOM_URL",
            "custom_url": "ftp://example.com",
            "annual_start_mmdd": "02-30",
            "days_of_week": [0, 7],
            "timezone": "Mars/Olympus",
            "link_type": "gs1:nothing",
            "location_countries": ["Canada"],
            "languages": ["not a tag"],
            "status": "ACTIVE",
        }
        assert list(codes(await client.post(rules_path, json=body)).items()) == [
            ("order_index", "int_type"),
            ("scope_id", "check_digit"),
            ("custom_url", "custom_url_not_absolute"),
            ("annual_start_mmdd", "bad_annual_day"),
            ("days_of_week", "bad_weekday"),
            ("timezone", "unknown_timezone"),
            ("link_type", "unknown_link_type"),
            ("location_countries", "bad_country"),
            ("languages", "bad_language"),
            ("status", "extra_forbidden"),
        ]
        assert await services.database.pool.fetchval("SELECT count(*) FROM resolution_rules") == 0
        assert await services.database.pool.fetchval("SELECT count(*) FROM rule_versions") == 0
        assert await read_outbox(services.database) == set()

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"custom_url": None}, {"custom_url": "custom_url_missing"}),
            ({"custom_url": ""}, {"custom_url": "custom_url_missing"}),
            ({"custom_url": "https://u:p@example.com"}, {"custom_url": "custom_url_has_user_info"}),
            ({"custom_url": "https://example.com/{color}"}, {"custom_url": "unknown_placeholder"}),
            ({"scope_type": "GTIN"}, {"scope_type": "enum"}),
            ({"scope_type": None}, {"scope_type": "enum"}),
            ({"enabled": None}, {"enabled": "bool_type"}),
            ({"metadata": {"k": 5}}, {"metadata.k": "string_type"}),
            ({"time_of_day_start": "24:00"}, {"time_of_day_start": "bad_time_of_day"}),
            ({"id": UNKNOWN}, {"id": "extra_forbidden"}),
        ],
        ids=str,
    )
    async def test_refusals(
        self,
        client: httpx2.AsyncClient,
        rules_path: str,
        fields: dict[str, Any],
        expected: dict[str, str],
    ) -> None:
        body = CUSTOM | {"custom_url": "https://example.com"} | fields
        assert codes(await client.post(rules_path, json=body)) == expected

    async def test_an_empty_body(self, client: httpx2.AsyncClient, rules_path: str) -> None:
        assert codes(await client.post(rules_path, json={})) == {
            "scope_type": "missing",
            "destination_type": "missing",
        }

    async def test_a_body_that_is_no_object(self, client: httpx2.AsyncClient, rules_path: str) -> None:
        assert (await client.post(rules_path, json=[1])).status_code == 422
        assert (
            await client.post(rules_path, content=b"{", headers={"content-type": "application/json"})
        ).status_code == 400

    async def test_it_is_published(
        self, client: httpx2.AsyncClient, rules_path: str, product: UUID, services: Services
    ) -> None:
        await create_rule(client, rules_path, scope_type="BATCH", scope_id="A/1", product_id=GTIN)
        assert await read_outbox(services.database) == {f"01/{GTIN}", f"01/{GTIN}/10/A%2F1"}


class TestScopes:
    async def test_product(self, client: httpx2.AsyncClient, rules_path: str, product: UUID) -> None:
        rule = await create_rule(client, rules_path, scope_type="PRODUCT", scope_id=GTIN[1:])
        assert (rule["scope_id"], rule["product_id"]) == (GTIN, to_short(product))

    @pytest.mark.parametrize("scope_type", ["BATCH", "SERIAL"])
    async def test_lot_and_serial_are_made(
        self,
        client: httpx2.AsyncClient,
        rules_path: str,
        product: UUID,
        services: Services,
        scope_type: str,
    ) -> None:
        for product_id in (GTIN, to_short(product), str(product)):
            rule = await create_rule(
                client, rules_path, scope_type=scope_type, scope_id="A1", product_id=product_id
            )
            assert (rule["scope_id"], rule["product_id"]) == ("A1", to_short(product))
        table = "lots" if scope_type == "BATCH" else "serials"
        enabled = await services.database.pool.fetch(f"SELECT resolver_enabled FROM {table}")
        assert [row["resolver_enabled"] for row in enabled] == [True]

    async def test_brand(
        self, client: httpx2.AsyncClient, rules_path: str, organization: UUID, services: Services
    ) -> None:
        brand = await make_brand(services.database, organization)
        rule = await create_rule(client, rules_path, scope_type="BRAND", scope_id=str(brand))
        assert rule["scope_id"] == to_short(brand)

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"scope_type": "ORGANIZATION", "scope_id": "x"}, {"scope_id": "scope_id_not_allowed"}),
            ({"scope_type": "ORGANIZATION", "product_id": GTIN}, {"product_id": "product_id_not_allowed"}),
            ({"scope_type": "BRAND"}, {"scope_id": "scope_id_missing"}),
            ({"scope_type": "BRAND", "scope_id": "x"}, {"scope_id": "malformed_id"}),
            ({"scope_type": "BRAND", "scope_id": UNKNOWN}, {"scope_id": "unknown_brand"}),
            (
                {"scope_type": "BRAND", "scope_id": UNKNOWN, "product_id": GTIN},
                {"product_id": "product_id_not_allowed"},
            ),
            ({"scope_type": "PRODUCT", "scope_id": "1"}, {"scope_id": "too_short"}),
            ({"scope_type": "PRODUCT", "scope_id": OTHER_GTIN}, {"scope_id": "unknown_product"}),
            (
                {"scope_type": "PRODUCT", "scope_id": GTIN, "product_id": UNKNOWN},
                {"product_id": "unknown_product"},
            ),
            ({"scope_type": "SERIAL", "scope_id": "1"}, {"product_id": "product_id_missing"}),
            ({"scope_type": "SERIAL", "scope_id": "1", "product_id": "?"}, {"product_id": "malformed_id"}),
            ({"scope_type": "SERIAL", "scope_id": "a b", "product_id": GTIN}, {"scope_id": "bad_character"}),
            ({"scope_type": "BATCH", "scope_id": "x" * 21, "product_id": GTIN}, {"scope_id": "too_long"}),
        ],
        ids=str,
    )
    async def test_refusals(
        self,
        client: httpx2.AsyncClient,
        rules_path: str,
        product: UUID,
        fields: dict[str, Any],
        expected: dict[str, str],
    ) -> None:
        body = {"destination_type": "HOSTED_PAGE", **fields}
        assert codes(await client.post(rules_path, json=body)) == expected

    async def test_what_others_own_is_unknown(
        self, client: httpx2.AsyncClient, rules_path: str, services: Services
    ) -> None:
        other = await make_organization(services.database, "Cedar")
        await make_product(services.database, OTHER_GTIN, other)
        brand = await make_brand(services.database, other)
        product_body = {"scope_type": "PRODUCT", "scope_id": OTHER_GTIN, "destination_type": "HOSTED_PAGE"}
        brand_body = {"scope_type": "BRAND", "scope_id": to_short(brand), "destination_type": "HOSTED_PAGE"}
        assert codes(await client.post(rules_path, json=product_body)) == {"scope_id": "unknown_product"}
        assert codes(await client.post(rules_path, json=brand_body)) == {"scope_id": "unknown_brand"}


class TestList:
    async def test_in_the_order_of_evaluation(
        self,
        client: httpx2.AsyncClient,
        rules_path: str,
        product: UUID,
        organization: UUID,
        services: Services,
    ) -> None:
        brand = await make_brand(services.database, organization)
        await create_rule(client, rules_path)
        await create_rule(client, rules_path, scope_type="BRAND", scope_id=to_short(brand))
        await create_rule(client, rules_path, scope_type="PRODUCT", scope_id=GTIN, order_index=2)
        await create_rule(client, rules_path, scope_type="PRODUCT", scope_id=GTIN, order_index=1)
        await create_rule(client, rules_path, scope_type="BATCH", scope_id="B", product_id=GTIN)
        await create_rule(client, rules_path, scope_type="BATCH", scope_id="A", product_id=GTIN)
        await create_rule(client, rules_path, scope_type="SERIAL", scope_id="S", product_id=GTIN)
        body = (await client.get(rules_path)).json()
        assert [(rule["scope_type"], rule["scope_id"], rule["order_index"]) for rule in body["data"]] == [
            ("SERIAL", "S", 0),
            ("BATCH", "A", 0),
            ("BATCH", "B", 0),
            ("PRODUCT", GTIN, 1),
            ("PRODUCT", GTIN, 2),
            ("BRAND", to_short(brand), 0),
            ("ORGANIZATION", None, 0),
        ]
        assert body["pagination"]["total_count"] == 7

    async def test_filters(self, client: httpx2.AsyncClient, rules_path: str, product: UUID) -> None:
        await create_rule(client, rules_path, enabled=False)
        await create_rule(client, rules_path, scope_type="PRODUCT", scope_id=GTIN)
        by_scope = (await client.get(rules_path, params={"scope_type": "ORGANIZATION"})).json()["data"]
        by_state = (await client.get(rules_path, params={"enabled": "true"})).json()["data"]
        assert [rule["scope_type"] for rule in by_scope] == ["ORGANIZATION"]
        assert [rule["scope_type"] for rule in by_state] == ["PRODUCT"]
        assert (await client.get(rules_path, params={"scope_type": "GTIN"})).status_code == 422


class TestGet:
    async def test_shows_the_rule(self, client: httpx2.AsyncClient, rules_path: str) -> None:
        rule = await create_rule(client, rules_path)
        assert (await client.get(f"/resolution-rules/{rule['id']}")).json() == rule

    async def test_unknown(self, client: httpx2.AsyncClient) -> None:
        assert (await client.get(f"/resolution-rules/{UNKNOWN}")).status_code == 404
        assert (await client.get("/resolution-rules/x")).status_code == 422


class TestPatch:
    async def test_only_sent_keys_change(
        self, client: httpx2.AsyncClient, rules_path: str, clock: Any
    ) -> None:
        rule = await create_rule(
            client, rules_path, custom_url="https://example.com/a", title="A", metadata={"a": "1", "b": "2"}
        )
        clock.advance(60)
        patch = {"title": None, "link_type": "gs1:pip", "metadata": {"a": "", "c": "3"}}
        answer = await client.patch(f"/resolution-rules/{rule['id']}", json=patch)
        assert answer.status_code == 200
        assert answer.json() == rule | {
            "title": None,
            "link_type": "gs1:pip",
            "metadata": {"b": "2", "c": "3"},
            "modified": "2026-03-01T12:01:00Z",
        }

    async def test_nothing_changes(
        self, client: httpx2.AsyncClient, rules_path: str, services: Services, clock: Any
    ) -> None:
        rule = await create_rule(client, rules_path, title="A")
        await clear_outbox(services.database)
        clock.advance(60)
        for body in ({}, {"title": "A"}):
            assert (await client.patch(f"/resolution-rules/{rule['id']}", json=body)).json() == rule
        assert await read_outbox(services.database) == set()
        assert await services.database.pool.fetchval("SELECT count(*) FROM rule_versions") == 1

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ({"custom_url": None}, {"custom_url": "custom_url_missing"}),
            ({"annual_end_mmdd": "13-01"}, {"annual_end_mmdd": "bad_annual_day"}),
            (
                {"absolute_end_at": "2026-01-01T00:00:00Z"},
                {"absolute_end_at": "window_ends_before_it_starts"},
            ),
            ({"scope_type": None}, {"scope_type": "enum"}),
            ({"order_index": None}, {"order_index": "int_type"}),
            ({"modified": "2026-01-01T00:00:00Z"}, {"modified": "extra_forbidden"}),
            ({"scope_type": "PRODUCT"}, {"scope_id": "scope_id_missing"}),
        ],
        ids=str,
    )
    async def test_what_results_is_checked(
        self, client: httpx2.AsyncClient, rules_path: str, body: dict[str, Any], expected: dict[str, str]
    ) -> None:
        rule = await create_rule(
            client, rules_path, custom_url="https://example.com", absolute_start_at="2026-02-01T00:00:00Z"
        )
        answer = await client.patch(f"/resolution-rules/{rule['id']}", json=body)
        assert codes(answer) == expected
        assert (await client.get(f"/resolution-rules/{rule['id']}")).json() == rule

    async def test_a_custom_url_rule_needs_its_url(self, client: httpx2.AsyncClient, rules_path: str) -> None:
        rule = await create_rule(client, rules_path)
        answer = await client.patch(
            f"/resolution-rules/{rule['id']}", json={"destination_type": "CUSTOM_URL"}
        )
        assert codes(answer) == {"custom_url": "custom_url_missing"}

    async def test_another_scope(
        self, client: httpx2.AsyncClient, rules_path: str, product: UUID, services: Services
    ) -> None:
        rule = await create_rule(client, rules_path, scope_type="BATCH", scope_id="A", product_id=GTIN)
        await clear_outbox(services.database)
        body = {"scope_type": "PRODUCT", "scope_id": GTIN}
        answer = await client.patch(f"/resolution-rules/{rule['id']}", json=body)
        assert answer.json()["scope_type"] == "PRODUCT"
        assert await read_outbox(services.database) == {f"01/{GTIN}", f"01/{GTIN}/10/A"}

    async def test_a_taken_place(self, client: httpx2.AsyncClient, rules_path: str) -> None:
        await create_rule(client, rules_path)
        rule = await create_rule(client, rules_path)
        answer = await client.patch(f"/resolution-rules/{rule['id']}", json={"order_index": 0})
        assert answer.status_code == 409

    async def test_unknown(self, client: httpx2.AsyncClient) -> None:
        assert (await client.patch(f"/resolution-rules/{UNKNOWN}", json={})).status_code == 404


class TestDelete:
    async def test_is_gone(self, client: httpx2.AsyncClient, rules_path: str, services: Services) -> None:
        rule = await create_rule(client, rules_path)
        await clear_outbox(services.database)
        answer = await client.delete(f"/resolution-rules/{rule['id']}")
        assert (answer.status_code, answer.json()) == (200, {"success": True})
        assert (await client.get(f"/resolution-rules/{rule['id']}")).status_code == 404
        assert (await client.delete(f"/resolution-rules/{rule['id']}")).status_code == 404
        assert len(await read_outbox(services.database)) == 1


class TestReorder:
    async def test_neighbours_swap(
        self, client: httpx2.AsyncClient, rules_path: str, services: Services
    ) -> None:
        first, second = [await create_rule(client, rules_path) for _ in range(2)]
        body = {"rules": [{"id": first["id"], "order_index": 1}, {"id": second["id"], "order_index": 0}]}
        answer = await client.post(f"{rules_path}/reorder", json=body)
        assert answer.status_code == 200
        assert [(rule["id"], rule["order_index"]) for rule in answer.json()["data"]] == [
            (second["id"], 0),
            (first["id"], 1),
        ]
        listed = (await client.get(rules_path)).json()["data"]
        assert [rule["id"] for rule in listed] == [second["id"], first["id"]]
        assert await services.database.pool.fetchval("SELECT max(number) FROM rule_versions") == 3

    async def test_a_place_of_a_rule_that_is_not_in_the_list(
        self, client: httpx2.AsyncClient, rules_path: str
    ) -> None:
        first, _ = [await create_rule(client, rules_path) for _ in range(2)]
        body = {"rules": [{"id": first["id"], "order_index": 1}]}
        assert (await client.post(f"{rules_path}/reorder", json=body)).status_code == 409

    async def test_an_unknown_rule_changes_nothing(self, client: httpx2.AsyncClient, rules_path: str) -> None:
        rule = await create_rule(client, rules_path)
        body = {"rules": [{"id": rule["id"], "order_index": 9}, {"id": UNKNOWN, "order_index": 1}]}
        assert (await client.post(f"{rules_path}/reorder", json=body)).status_code == 404
        assert (await client.get(f"/resolution-rules/{rule['id']}")).json() == rule

    async def test_the_rule_of_another_organization(
        self, client: httpx2.AsyncClient, rules_path: str, organization: UUID, services: Services
    ) -> None:
        other = await make_organization(services.database, "Cedar")
        both = make_principal(organization, other)
        async with make_resolver_client(services, both) as member:
            foreign = await create_rule(member, f"/organizations/{to_short(other)}/resolution-rules")
            body = {"rules": [{"id": foreign["id"], "order_index": 9}]}
            assert (await member.post(f"{rules_path}/reorder", json=body)).status_code == 404

    async def test_repetitions(self, client: httpx2.AsyncClient, rules_path: str) -> None:
        first, second = [await create_rule(client, rules_path) for _ in range(2)]
        twice = {"rules": [{"id": first["id"], "order_index": 0}, {"id": first["id"], "order_index": 1}]}
        same = {"rules": [{"id": first["id"], "order_index": 5}, {"id": second["id"], "order_index": 5}]}
        reorder = f"{rules_path}/reorder"
        assert codes(await client.post(reorder, json=twice)) == {"rules[1].id": "repeated_rule"}
        assert codes(await client.post(reorder, json=same)) == {
            "rules[1].order_index": "repeated_order_index"
        }
        assert (await client.post(reorder, json={"rules": []})).status_code == 422


class TestHistory:
    async def test_versions_newest_first(
        self, client: httpx2.AsyncClient, rules_path: str, clock: Any
    ) -> None:
        rule = await create_rule(client, rules_path)
        clock.advance(60)
        path = f"/resolution-rules/{rule['id']}"
        changed = (await client.patch(path, json={"title": "New"}, params={"note": "spring"})).json()
        await client.delete(path)
        body = (await client.get(f"{rules_path}/history")).json()
        assert [(version["number"], version["author"], version["note"]) for version in body["data"]] == [
            (3, "Ada", ""),
            (2, "Ada", "spring"),
            (1, "Ada", ""),
        ]
        assert [version["changes"] for version in body["data"]] == [
            [{"rule_id": rule["id"], "before": changed, "after": None}],
            [{"rule_id": rule["id"], "before": rule, "after": changed}],
            [{"rule_id": rule["id"], "before": None, "after": rule}],
        ]
        assert body["data"][1]["at"] == "2026-03-01T12:01:00Z"

    async def test_of_one_rule_even_when_deleted(self, client: httpx2.AsyncClient, rules_path: str) -> None:
        first, second = [await create_rule(client, rules_path) for _ in range(2)]
        swap = {"rules": [{"id": first["id"], "order_index": 1}, {"id": second["id"], "order_index": 0}]}
        await client.post(f"{rules_path}/reorder", json=swap)
        await client.delete(f"/resolution-rules/{first['id']}")
        body = (await client.get(f"/resolution-rules/{first['id']}/history")).json()
        assert [version["number"] for version in body["data"]] == [4, 3, 1]
        assert all(len(version["changes"]) == 1 for version in body["data"])

    async def test_of_an_unknown_rule(self, client: httpx2.AsyncClient) -> None:
        assert (await client.get(f"/resolution-rules/{UNKNOWN}/history")).status_code == 404


class TestPermissions:
    @pytest.mark.parametrize("role", [Role.EDITOR, Role.BILLING, Role.READONLY])
    async def test_without_the_right_to_change(
        self,
        client: httpx2.AsyncClient,
        rules_path: str,
        organization: UUID,
        services: Services,
        role: Role,
    ) -> None:
        rule = await create_rule(client, rules_path)
        path = f"/resolution-rules/{rule['id']}"
        body = {"scope_type": "ORGANIZATION", "destination_type": "HOSTED_PAGE"}
        reorder = {"rules": [{"id": rule["id"], "order_index": 4}]}
        async with make_resolver_client(services, make_principal(organization, role=role)) as reader:
            assert (await reader.get(rules_path)).status_code == 200
            assert (await reader.get(path)).status_code == 200
            assert (await reader.post(rules_path, json=body)).status_code == 404
            assert (await reader.patch(path, json={"enabled": False})).status_code == 404
            assert (await reader.delete(path)).status_code == 404
            assert (await reader.post(f"{rules_path}/reorder", json=reorder)).status_code == 404

    async def test_a_stranger_sees_nothing(
        self, client: httpx2.AsyncClient, rules_path: str, services: Services
    ) -> None:
        rule = await create_rule(client, rules_path)
        async with make_resolver_client(services, make_principal(uuid4())) as stranger:
            for path in (
                rules_path,
                f"{rules_path}/history",
                f"/resolution-rules/{rule['id']}",
                f"/resolution-rules/{rule['id']}/history",
            ):
                assert (await stranger.get(path)).status_code == 404

    async def test_without_a_credential(self, rules_path: str, services: Services) -> None:
        async with make_resolver_client(services, None) as nobody:
            assert (await nobody.get(rules_path)).status_code == 401


class TestDescription:
    async def test_documents_the_bodies_that_the_service_reads(self, client: httpx2.AsyncClient) -> None:
        paths = (await client.get("/openapi.json")).json()["paths"]
        operations = (
            paths["/organizations/{organization_id}/resolution-rules"]["post"],
            paths["/resolution-rules/{rule_id}"]["patch"],
        )
        create, patch = (
            operation["requestBody"]["content"]["application/json"]["schema"] for operation in operations
        )
        assert create["required"] == ["scope_type", "destination_type"]
        assert "required" not in patch
        assert set(patch["properties"]) == set(create["properties"])
