"""Rules of variants, and of any level of any primary key."""

from typing import Any
from uuid import UUID

import httpx2
import pytest

from product_platform.digital_link.service.identifiers import parse_identifier
from product_platform.kit.ids import to_short
from product_platform.kit.services import Services
from rules_compiler.gs1 import DigitalLinkError
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
    make_product,
    make_resolver_client,
)

GLN = "9520000100117"
PLACE = f"/414/{GLN}"
DOCK = f"{PLACE}/254/DOCK"
PIECE = f"/8006/{GTIN}0102"
HOSTED = {"scope_type": "IDENTIFIER", "destination_type": "HOSTED_PAGE"}


class TestParseIdentifier:
    @pytest.mark.parametrize(
        ("path", "key"),
        [
            (DOCK, f"414/{GLN}/254/DOCK"),
            (f"/01/{GTIN}", f"01/{GTIN}"),
            (f"/01/{GTIN}/22/2A/10/A%2fB", f"01/{GTIN}/22/2A/10/A%2FB"),
            (f"/01/{GTIN}/21/a!", f"01/{GTIN}/21/a%21"),
            (f"/01/{GTIN}/21/*", f"01/{GTIN}/21/*"),
            (f"/01/{GTIN}/22/2A/10/*", f"01/{GTIN}/22/2A/10/*"),
            (f"/01/{GTIN}/235/*", f"01/{GTIN}/235/*"),
            (f"{PIECE}/21/*", f"{PIECE[1:]}/21/*"),
            (f"/01/{GTIN}/21/%2A", f"01/{GTIN}/21/%2A"),
            (f"/01/{GTIN}/21/**", f"01/{GTIN}/21/%2A%2A"),
        ],
    )
    def test_names_a_slice(self, path: str, key: str) -> None:
        assert parse_identifier(path).slice_key == key

    def test_what_it_names_reads_as_itself(self) -> None:
        once = parse_identifier(f"/01/{GTIN}/22/a!/10/*").slice_key
        assert parse_identifier(f"/{once}").slice_key == once

    @pytest.mark.parametrize(
        ("path", "code"),
        [
            (f"/01/{GTIN}/10/LOT7/21/S", "needless_qualifiers"),
            (f"/01/{GTIN}/22/2A/21/*", "needless_qualifiers"),
            (f"{PIECE}/10/LOT7/21/S", "needless_qualifiers"),
            (f"/01/{GTIN}/22/*/10/LOT7", "wildcard_not_last"),
            (f"{PLACE}/254/*", "wildcard_not_allowed"),
            ("/01/*", "too_short"),
            (f"/01/{GTIN}/235/TP1/10/LOT7", "mixed_qualifiers"),
            (f"/01/{GTIN}/10/LOT7/22/2A", "qualifier_order"),
            (f"/shop/01/{GTIN}", "no_primary_key"),
            (PLACE[1:], "no_primary_key"),
            (f"/410/{GLN}", "no_primary_key"),
            ("/414/9520000100118", "check_digit"),
            (f"/01/{GTIN[1:]}", "too_short"),
            (f"{PLACE}/", "dangling_segment"),
            (f"{PLACE}/254/ü", "bad_character"),
            (f"{PLACE}/254/\ud800", "bad_character"),
        ],
        ids=ascii,
    )
    def test_refusals(self, path: str, code: str) -> None:
        with pytest.raises(DigitalLinkError) as refusal:
            parse_identifier(path)
        assert refusal.value.code == code

    @pytest.mark.parametrize(
        ("path", "name"),
        [(DOCK, f"GLN {GLN}"), ("/00/395200001000000019", "SSCC 395200001000000019")],
    )
    def test_has_a_name(self, path: str, name: str) -> None:
        assert parse_identifier(path).name == name


@pytest.mark.servers
class TestVariantRules:
    async def test_is_a_scope_of_its_product(
        self, client: httpx2.AsyncClient, rules_path: str, product: UUID, services: Services
    ) -> None:
        rule = await create_rule(client, rules_path, scope_type="VARIANT", scope_id="2/A", product_id=GTIN)
        assert (rule["scope_id"], rule["product_id"]) == ("2/A", to_short(product))
        assert await read_outbox(services.database) == {f"01/{GTIN}", f"01/{GTIN}/22/2%2FA"}

    async def test_needs_a_product_and_a_value(
        self, client: httpx2.AsyncClient, rules_path: str, product: UUID
    ) -> None:
        body = HOSTED | {"scope_type": "VARIANT"}
        long = body | {"scope_id": "x" * 21, "product_id": GTIN}
        assert codes(await client.post(rules_path, json=body)) == {"scope_id": "scope_id_missing"}
        assert codes(await client.post(rules_path, json=body | {"scope_id": "2A"})) == {
            "product_id": "product_id_missing"
        }
        assert codes(await client.post(rules_path, json=long)) == {"scope_id": "too_long"}

    async def test_keeps_its_product_when_patched(
        self, client: httpx2.AsyncClient, rules_path: str, product: UUID
    ) -> None:
        rule = await create_rule(client, rules_path, scope_type="VARIANT", scope_id="2A", product_id=GTIN)
        answer = await client.patch(f"/resolution-rules/{rule['id']}", json={"scope_id": "2B"})
        assert (answer.json()["scope_id"], answer.json()["product_id"]) == ("2B", to_short(product))


@pytest.mark.servers
class TestIdentifierRules:
    async def test_registers_the_primary_key(
        self, client: httpx2.AsyncClient, rules_path: str, organization: UUID, services: Services
    ) -> None:
        for scope_id in (DOCK, PLACE, f"{PLACE}/7040/1ABC"):
            rule = await create_rule(client, rules_path, scope_type="IDENTIFIER", scope_id=scope_id)
            assert (rule["scope_id"], rule["product_id"]) == (scope_id, None)
        [row] = await services.database.pool.fetch("SELECT key, organization_id, name FROM identifiers")
        assert tuple(row) == (f"414/{GLN}", organization, f"GLN {GLN}")
        assert await read_outbox(services.database) == {
            f"414/{GLN}",
            f"414/{GLN}/254/DOCK",
            f"414/{GLN}/7040/1ABC",
        }

    async def test_is_stored_in_its_canonical_form(self, client: httpx2.AsyncClient, rules_path: str) -> None:
        rule = await create_rule(client, rules_path, scope_type="IDENTIFIER", scope_id=f"{PLACE}/254/%44OCK")
        assert rule["scope_id"] == DOCK

    async def test_a_wildcard(self, client: httpx2.AsyncClient, rules_path: str, product: UUID) -> None:
        scope_id = f"/01/{GTIN}/21/*"
        rule = await create_rule(client, rules_path, scope_type="IDENTIFIER", scope_id=scope_id)
        assert (rule["scope_id"], rule["product_id"]) == (scope_id, to_short(product))
        patched = await client.patch(f"/resolution-rules/{rule['id']}", json={"scope_type": "IDENTIFIER"})
        assert patched.json() == rule

    async def test_a_product_that_says_so_twice(
        self,
        client: httpx2.AsyncClient,
        rules_path: str,
        product: UUID,
        organization: UUID,
        services: Services,
    ) -> None:
        await make_product(services.database, OTHER_GTIN, organization)
        path = HOSTED | {"scope_id": f"/01/{GTIN}/10/A"}
        assert (await client.post(rules_path, json=path | {"product_id": GTIN})).status_code == 201
        assert codes(await client.post(rules_path, json=path | {"product_id": OTHER_GTIN})) == {
            "product_id": "other_product"
        }
        assert codes(await client.post(rules_path, json=HOSTED | {"scope_id": DOCK, "product_id": GTIN})) == {
            "product_id": "product_id_not_allowed"
        }

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({}, "scope_id_missing"),
            ({"scope_id": "/414/9520000100118"}, "check_digit"),
            ({"scope_id": f"/01/{GTIN}/10/A/21/S"}, "needless_qualifiers"),
            ({"scope_id": "/414/2001234567893"}, "restricted_prefix"),
            ({"scope_id": "/00/320012345678901230"}, "restricted_prefix"),
            ({"scope_id": f"/01/{OTHER_GTIN}/10/A"}, "unknown_product"),
            ({"scope_id": f"/8006/{OTHER_GTIN}0102"}, "unknown_product"),
        ],
        ids=str,
    )
    async def test_refusals(
        self,
        client: httpx2.AsyncClient,
        rules_path: str,
        product: UUID,
        services: Services,
        fields: dict[str, Any],
        expected: str,
    ) -> None:
        await make_product(services.database, OTHER_GTIN, await make_organization(services.database, "Cedar"))
        assert codes(await client.post(rules_path, json=HOSTED | fields)) == {"scope_id": expected}

    async def test_the_key_of_another_organization(
        self, client: httpx2.AsyncClient, rules_path: str, services: Services
    ) -> None:
        cedar = await make_organization(services.database, "Cedar")
        async with make_resolver_client(services, make_principal(cedar)) as member:
            cedar_path = f"/organizations/{to_short(cedar)}/resolution-rules"
            await create_rule(member, cedar_path, scope_type="IDENTIFIER", scope_id=DOCK)
        await clear_outbox(services.database)
        rule = await create_rule(client, rules_path)
        for answer in (
            await client.post(rules_path, json=HOSTED | {"scope_id": PLACE}),
            await client.patch(f"/resolution-rules/{rule['id']}", json=HOSTED | {"scope_id": PLACE}),
        ):
            assert answer.status_code == 409
            assert "belongs to another organization" in answer.json()["error"]["message"]
        assert (await client.get(rules_path)).json()["data"] == [rule]

    async def test_stays_registered_without_rules(
        self, client: httpx2.AsyncClient, rules_path: str, services: Services
    ) -> None:
        rule = await create_rule(client, rules_path, scope_type="IDENTIFIER", scope_id=DOCK)
        await client.delete(f"/resolution-rules/{rule['id']}")
        assert await services.database.pool.fetchval("SELECT count(*) FROM identifiers") == 1

    async def test_is_listed_before_products(
        self, client: httpx2.AsyncClient, rules_path: str, product: UUID
    ) -> None:
        await create_rule(client, rules_path, scope_type="PRODUCT", scope_id=GTIN)
        await create_rule(client, rules_path, scope_type="IDENTIFIER", scope_id=PLACE, order_index=1)
        await create_rule(client, rules_path, scope_type="IDENTIFIER", scope_id=PLACE, order_index=0)
        await create_rule(client, rules_path, scope_type="VARIANT", scope_id="2A", product_id=GTIN)
        listed = (await client.get(rules_path)).json()["data"]
        assert [(rule["scope_type"], rule["order_index"]) for rule in listed] == [
            ("VARIANT", 0),
            ("IDENTIFIER", 0),
            ("IDENTIFIER", 1),
            ("PRODUCT", 0),
        ]
        only = (await client.get(rules_path, params={"scope_type": "IDENTIFIER"})).json()["data"]
        assert only == listed[1:3]

    async def test_can_be_reordered(self, client: httpx2.AsyncClient, rules_path: str) -> None:
        first, second = [
            await create_rule(client, rules_path, scope_type="IDENTIFIER", scope_id=DOCK) for _ in range(2)
        ]
        body = {"rules": [{"id": first["id"], "order_index": 1}, {"id": second["id"], "order_index": 0}]}
        answer = await client.post(f"{rules_path}/reorder", json=body)
        assert [rule["id"] for rule in answer.json()["data"]] == [second["id"], first["id"]]
