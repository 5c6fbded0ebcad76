from uuid import UUID, uuid4

import httpx2
import pytest

from product_platform.kit.clock import FixedClock
from product_platform.kit.db import Database
from product_platform.kit.ids import to_short
from product_platform.kit.permissions import Role
from product_platform.kit.services import Services
from product_platform.products import router
from tests.product_platform.catalogue import (
    make_organization,
    read_outbox,
)
from tests.product_platform.clients import make_app, make_client
from tests.product_platform.products.conftest import make_products_client

pytestmark = pytest.mark.servers

GTIN = "09520000100018"
OTHER_GTIN = "09520000100025"
PATH = f"/products/{GTIN}"
# But for PATCH and DELETE, whose turn at a path the database tells.
LOOKUPS = [
    (method, path)
    for path, methods in make_app("Products", router).openapi()["paths"].items()
    if "{gtin}" in path
    for method in methods
    if method in {"get", "post"}
]
QR_BODY = {"gtin": "9520000100018", "lot": "A1"}


@pytest.fixture
async def organization(services: Services) -> UUID:
    return await make_organization(services.database)


@pytest.fixture
async def rival(services: Services) -> UUID:
    return await make_organization(services.database, "Rival")


async def make_brand(services: Services, name: str, owner: UUID | None) -> UUID:
    brand: UUID = await services.database.pool.fetchval(
        "INSERT INTO brands (name, name_key, organization_id) VALUES ($1, lower($1), $2) RETURNING id",
        name,
        owner,
    )
    return brand


async def make_unclaimed(services: Services, gtin: str = GTIN, brand: UUID | None = None) -> None:
    await services.database.pool.execute(
        "INSERT INTO products (gtin, brand_id, product_name) VALUES ($1, $2, 'Found')", gtin, brand
    )


def fields_of(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [detail["field"] for detail in answer.json()["error"]["details"]]


class TestCreateProduct:
    async def test_answers_the_whole_product(self, client: httpx2.AsyncClient, organization: UUID) -> None:
        answer = await client.post(
            "/products",
            json={
                "gtin": "9520000100018",
                "product_name": "Oat Drink 1 L",
                "net_content": "1L",
                "country_of_origin": "se",
                "metadata": {"erp": "A-77"},
            },
        )
        assert answer.status_code == 201
        body = answer.json()
        assert body.pop("id")
        measures = ("length", "width", "height", "depth", "gross_weight", "net_weight")
        assert body == {
            "gtin": GTIN,
            "product_name": "Oat Drink 1 L",
            "is_claimed": True,
            "data_source": "claimed",
            "confidence_score": 1.0,
            "field_confidence": {"product_name": 1.0, "net_content": 1.0, "country_of_origin": 1.0},
            "metadata": {"erp": "A-77"},
            "brand": "",
            "manufacturer": "",
            "description": "",
            "image_url": "",
            "country_of_origin": "SE",
            "net_content": "1L",
            "net_content_value": 1,
            "net_content_uom": "LTR",
            "owner_id": to_short(organization),
            "claim_verification_status": "unverified",
            **dict.fromkeys(measures),
            **dict.fromkeys((f"{measure}_uom" for measure in measures), ""),
            **dict.fromkeys((f"gpc_{level}_code" for level in ("brick", "class", "family", "segment")), ""),
        }

    async def test_records_the_slice(self, client: httpx2.AsyncClient, services: Services) -> None:
        await client.post("/products", json={"gtin": GTIN})
        assert await read_outbox(services.database) == {f"01/{GTIN}"}

    async def test_an_existing_gtin_conflicts(
        self, client: httpx2.AsyncClient, product: dict[str, object]
    ) -> None:
        assert (await client.post("/products", json={"gtin": "9520000100018"})).status_code == 409

    @pytest.mark.parametrize(
        ("gtin", "code"),
        [
            ("9520000100019", "check_digit"),
            ("952000010", "too_short"),
            ("0200000000004", "restricted_gtin"),
        ],
    )
    async def test_a_bad_gtin_is_refused(self, client: httpx2.AsyncClient, gtin: str, code: str) -> None:
        answer = await client.post("/products", json={"gtin": gtin})
        assert fields_of(answer) == ["gtin"]
        assert answer.json()["error"]["details"][0]["code"] == code

    async def test_every_bad_field_is_named(self, client: httpx2.AsyncClient) -> None:
        answer = await client.post(
            "/products", json={"gtin": "1", "country_of_origin": "SWE", "net_content": "x" * 101}
        )
        assert fields_of(answer) == ["gtin", "country_of_origin", "net_content"]

    async def test_of_several_organizations_one_must_be_named(
        self, services: Services, organization: UUID, rival: UUID
    ) -> None:
        async with make_products_client(services, organization, rival) as client:
            assert (await client.post("/products", json={"gtin": GTIN})).status_code == 400
            body = {"gtin": GTIN, "organization_id": to_short(rival)}
            assert (await client.post("/products", json=body)).json()["owner_id"] == to_short(rival)

    async def test_an_editor_may_not_and_a_stranger_sees_no_organization(
        self, services: Services, organization: UUID, rival: UUID
    ) -> None:
        body = {"gtin": GTIN, "organization_id": to_short(organization)}
        async with make_products_client(services, organization, role=Role.EDITOR) as editor:
            assert (await editor.post("/products", json=body)).status_code == 403
        async with make_products_client(services, rival) as stranger:
            assert (await stranger.post("/products", json=body)).status_code == 404


class TestListProducts:
    async def test_lists_the_newest_claim_first(
        self, client: httpx2.AsyncClient, services: Services, clock: FixedClock, organization: UUID
    ) -> None:
        for gtin in (GTIN, OTHER_GTIN):
            await client.post("/products", json={"gtin": gtin})
            clock.advance(1)
        await make_unclaimed(services, "09520000100032")
        answer = await client.get("/products", params={"organization_id": to_short(organization)})
        assert [item["gtin"] for item in answer.json()["data"]] == [OTHER_GTIN, GTIN]
        assert answer.json()["pagination"]["total_count"] == 2

    async def test_the_organization_is_needed(self, client: httpx2.AsyncClient) -> None:
        assert fields_of(await client.get("/products")) == ["query.organization_id"]

    async def test_another_organization_is_hidden(self, client: httpx2.AsyncClient, rival: UUID) -> None:
        answer = await client.get("/products", params={"organization_id": to_short(rival)})
        assert answer.status_code == 404


class TestGetProduct:
    @pytest.mark.parametrize("gtin", ["9520000100018", "9520-0001-0001-8", "09520000100018"])
    async def test_any_form_of_the_gtin_finds_it(
        self, client: httpx2.AsyncClient, product: dict[str, object], gtin: str
    ) -> None:
        assert (await client.get(f"/products/{gtin}")).json() == product

    async def test_a_stranger_sees_it_too(self, services: Services, product: dict[str, object]) -> None:
        async with make_products_client(services) as stranger:
            assert (await stranger.get(PATH)).json() == product

    async def test_an_unknown_gtin_is_not_found(self, client: httpx2.AsyncClient) -> None:
        assert (await client.get(PATH)).status_code == 404

    @pytest.mark.parametrize("gtin", ["9520000100019", "952000010", "oats", "9-5-2-0-0001-0001-8"])
    async def test_a_malformed_gtin_is_refused(self, client: httpx2.AsyncClient, gtin: str) -> None:
        assert fields_of(await client.get(f"/products/{gtin}")) == ["path.gtin"]

    @pytest.mark.parametrize(("method", "path"), LOOKUPS)
    async def test_a_malformed_gtin_never_reaches_the_database(
        self, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch, method: str, path: str
    ) -> None:
        monkeypatch.setattr(Database, "transaction", None)
        answer = await client.request(method, path.replace("{gtin}", "9520000100019"))
        assert fields_of(answer)[:1] == ["path.gtin"]
        assert fields_of(answer).count("path.gtin") == 1

    async def test_the_organization_of_the_brand_is_the_owner(
        self, client: httpx2.AsyncClient, services: Services, rival: UUID
    ) -> None:
        await make_unclaimed(services, brand=await make_brand(services, "Havrefin", rival))
        body = (await client.get(PATH)).json()
        assert (body["brand"], body["owner_id"], body["is_claimed"]) == ("Havrefin", to_short(rival), True)


@pytest.mark.usefixtures("product")
class TestPatchProduct:
    async def test_changes_what_is_sent_and_leaves_the_rest(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        answer = await client.patch(
            PATH,
            json={
                "description": "Creamy.",
                "product_name": None,
                "length": 7.5,
                "length_uom": "CMT",
                "gpc_brick_code": "10000201",
                "metadata": {"erp": "1"},
            },
        )
        assert answer.status_code == 200
        body = answer.json()
        assert (body["product_name"], body["description"]) == ("Oat drink", "Creamy.")
        assert (body["length"], body["length_uom"], body["gpc_brick_code"]) == (7.5, "CMT", "10000201")
        assert set(body["field_confidence"]) == {"product_name", "description", "length", "gpc_brick_code"}
        assert await read_outbox(services.database) == {f"01/{GTIN}"}

    async def test_what_is_the_same_records_nothing(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        assert (await client.patch(PATH, json={"product_name": "Oat drink"})).status_code == 200
        assert await read_outbox(services.database) == set()

    async def test_metadata_merges(self, client: httpx2.AsyncClient) -> None:
        await client.patch(PATH, json={"metadata": {"a": "1", "b": "2"}})
        body = (await client.patch(PATH, json={"metadata": {"a": "", "c": "3"}})).json()
        assert body["metadata"] == {"b": "2", "c": "3"}
        assert (await client.patch(PATH, json={"metadata": None})).json()["metadata"] == {}

    async def test_the_net_content_is_parsed_again(self, client: httpx2.AsyncClient) -> None:
        body = (await client.patch(PATH, json={"net_content": "330 ml"})).json()
        assert (body["net_content_value"], body["net_content_uom"]) == (330, "MLT")
        body = (await client.patch(PATH, json={"net_content": "6 x 330 ml"})).json()
        assert (body["net_content_value"], body["net_content_uom"]) == (None, None)

    async def test_amount_and_unit_may_be_given_apart_from_the_label(
        self, client: httpx2.AsyncClient
    ) -> None:
        sent = {"net_content": "6 x 330 ml", "net_content_value": 1.98, "net_content_uom": "LTR"}
        body = (await client.patch(PATH, json=sent)).json()
        assert (body["net_content_value"], body["net_content_uom"]) == (1.98, "LTR")

    async def test_clearing_a_measure_clears_its_unit(self, client: httpx2.AsyncClient) -> None:
        await client.patch(PATH, json={"net_weight": 1, "net_weight_uom": "KGM"})
        body = (await client.patch(PATH, json={"net_weight": None})).json()
        assert (body["net_weight"], body["net_weight_uom"]) == (None, "")

    @pytest.mark.parametrize(
        ("sent", "field"),
        [
            ({"length": 7}, "length_uom"),
            ({"length_uom": "CMT"}, "length"),
            ({"net_content_value": 7}, "net_content_uom"),
            ({"length": 7, "length_uom": "KGM"}, "length_uom"),
            ({"length": -1, "length_uom": "CMT"}, "length"),
            ({"net_weight": 7, "net_weight_uom": "CMT"}, "net_weight_uom"),
            ({"gpc_brick_code": "123"}, "gpc_brick_code"),
            ({"net_content_uom": "BUSHEL"}, "net_content_uom"),
        ],
    )
    async def test_a_bad_value_is_refused(
        self, client: httpx2.AsyncClient, sent: dict[str, object], field: str
    ) -> None:
        assert fields_of(await client.patch(PATH, json=sent)) == [field]

    async def test_takes_a_brand_of_the_owner(
        self, client: httpx2.AsyncClient, services: Services, organization: UUID
    ) -> None:
        brand = await make_brand(services, "Havrefin", organization)
        body = (await client.patch(PATH, json={"brand_id": to_short(brand)})).json()
        assert (body["brand"], body["owner_id"]) == ("Havrefin", to_short(organization))
        body = (await client.patch(PATH, json={"brand_id": None})).json()
        assert (body["brand"], body["owner_id"]) == ("", to_short(organization))

    async def test_takes_no_brand_of_another(
        self, client: httpx2.AsyncClient, services: Services, rival: UUID
    ) -> None:
        for owner in (rival, None):
            brand = await make_brand(services, f"Brand of {owner}", owner)
            assert fields_of(await client.patch(PATH, json={"brand_id": to_short(brand)})) == ["brand_id"]

    async def test_an_editor_may_and_billing_and_strangers_may_not(
        self, services: Services, organization: UUID, rival: UUID
    ) -> None:
        for principal_of, role, status in [
            (organization, Role.EDITOR, 200),
            (organization, Role.BILLING, 403),
            (rival, Role.OWNER, 403),
        ]:
            async with make_products_client(services, principal_of, role=role) as client:
                assert (await client.patch(PATH, json={"description": "New."})).status_code == status


class TestClaimProduct:
    async def test_claims_what_nobody_claims(
        self, client: httpx2.AsyncClient, services: Services, organization: UUID
    ) -> None:
        await make_unclaimed(services)
        answer = await client.post(f"{PATH}/claim")
        assert answer.status_code == 200
        body = answer.json()
        assert body.pop("message")
        assert body == {
            "gtin": GTIN,
            "owner_id": to_short(organization),
            "claimed_at": "2026-03-01T12:00:00Z",
            "claim_verification_status": "unverified",
        }
        claimed = (await client.get(PATH)).json()
        assert (claimed["is_claimed"], claimed["data_source"], claimed["confidence_score"]) == (
            True,
            "claimed",
            1.0,
        )
        assert await read_outbox(services.database) == {f"01/{GTIN}"}

    async def test_a_repeated_claim_changes_nothing(
        self,
        client: httpx2.AsyncClient,
        services: Services,
        clock: FixedClock,
        product: dict[str, object],
    ) -> None:
        clock.advance(60)
        assert (await client.post(f"{PATH}/claim", json={})).json()["claimed_at"] == "2026-03-01T12:00:00Z"
        assert (await client.get(PATH)).json() == product
        assert await read_outbox(services.database) == set()

    async def test_what_another_claims_conflicts(
        self, services: Services, product: dict[str, object], rival: UUID
    ) -> None:
        async with make_products_client(services, rival) as client:
            assert (await client.post(f"{PATH}/claim")).status_code == 409

    async def test_what_another_claims_through_its_brand_conflicts(
        self, client: httpx2.AsyncClient, services: Services, rival: UUID
    ) -> None:
        await make_unclaimed(services, brand=await make_brand(services, "Havrefin", rival))
        assert (await client.post(f"{PATH}/claim")).status_code == 409

    async def test_an_unknown_gtin_is_not_found(self, client: httpx2.AsyncClient) -> None:
        assert (await client.post(f"{PATH}/claim")).status_code == 404

    async def test_a_restricted_gtin_cannot_be_claimed(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        await make_unclaimed(services, "02000000000008")
        assert fields_of(await client.post("/products/02000000000008/claim")) == ["gtin"]

    async def test_an_editor_may_not(self, services: Services, organization: UUID) -> None:
        await make_unclaimed(services)
        async with make_products_client(services, organization, role=Role.EDITOR) as editor:
            assert (await editor.post(f"{PATH}/claim")).status_code == 403


class TestReleaseProduct:
    async def is_resolvable(self, services: Services) -> bool:
        enabled: bool = await services.database.pool.fetchval("SELECT resolver_enabled FROM products")
        return enabled

    async def test_delete_gives_up_the_claim_and_switches_off(
        self, client: httpx2.AsyncClient, services: Services, product: dict[str, object]
    ) -> None:
        answer = await client.delete(PATH)
        assert answer.status_code == 200
        body = answer.json()
        assert (body["is_claimed"], body["owner_id"], body["brand"]) == (False, None, "")
        assert (body["claim_verification_status"], body["data_source"]) == (None, "crowd_sourced")
        assert (body["product_name"], body["confidence_score"]) == ("Oat drink", 0.4)
        assert not await self.is_resolvable(services)
        assert await read_outbox(services.database) == {f"01/{GTIN}"}

    async def test_unclaim_leaves_the_resolver_on(
        self, client: httpx2.AsyncClient, services: Services, product: dict[str, object]
    ) -> None:
        assert (await client.post(f"{PATH}/unclaim")).json()["is_claimed"] is False
        assert await self.is_resolvable(services)

    async def test_a_new_claim_switches_on_again(
        self, client: httpx2.AsyncClient, services: Services, product: dict[str, object]
    ) -> None:
        await client.delete(PATH)
        await client.post(f"{PATH}/claim")
        assert await self.is_resolvable(services)

    @pytest.mark.usefixtures("product")
    async def test_what_nobody_claims_conflicts(self, client: httpx2.AsyncClient) -> None:
        await client.delete(PATH)
        assert (await client.delete(PATH)).status_code == 409

    @pytest.mark.usefixtures("product")
    async def test_only_the_holder_may(self, services: Services, organization: UUID, rival: UUID) -> None:
        async with make_products_client(services, rival) as stranger:
            assert (await stranger.delete(PATH)).status_code == 403
        async with make_products_client(services, organization, role=Role.EDITOR) as editor:
            assert (await editor.post(f"{PATH}/unclaim")).status_code == 403
        async with make_products_client(services, organization, rival) as both:
            body = {"organization_id": to_short(rival)}
            assert (await both.request("DELETE", PATH, json=body)).status_code == 403

    async def test_an_unknown_organization_is_not_found(
        self, client: httpx2.AsyncClient, product: dict[str, object]
    ) -> None:
        body = {"organization_id": to_short(uuid4())}
        assert (await client.request("DELETE", PATH, json=body)).status_code == 404


class TestCreateQr:
    async def test_answers_an_image_to_keep(self, client: httpx2.AsyncClient) -> None:
        answer = await client.post("/qr/", json=QR_BODY)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.headers["cache-control"] == "public, max-age=2592000"
        assert (await client.post("/qr", json=QR_BODY)).content == answer.content

    async def test_a_png_has_its_own_type_and_tag(self, client: httpx2.AsyncClient) -> None:
        svg = await client.post("/qr/", json=QR_BODY)
        png = await client.post("/qr/", json={**QR_BODY, "format": "png"})
        assert png.headers["content-type"] == "image/png"
        assert png.headers["etag"] != svg.headers["etag"]

    @pytest.mark.parametrize("pattern", ["{}", '"other", {}', "W/{}", "*"])
    async def test_what_the_caller_has_is_not_sent_again(
        self, client: httpx2.AsyncClient, pattern: str
    ) -> None:
        etag = (await client.post("/qr/", json=QR_BODY)).headers["etag"]
        answer = await client.post("/qr/", json=QR_BODY, headers={"If-None-Match": pattern.format(etag)})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == etag

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("gtin", "9520000100019"),
            ("lot", "A 1"),
            ("lot", "x" * 21),
            ("serial", "#"),
            ("expiry", "271399"),
            ("format", "bmp"),
            ("size", 49),
            ("size", 2001),
            ("xdim_mm", 0),
        ],
    )
    async def test_a_bad_field_is_named(self, client: httpx2.AsyncClient, field: str, value: object) -> None:
        assert fields_of(await client.post("/qr/", json={**QR_BODY, field: value})) == [field]

    async def test_a_credential_is_needed(self, services: Services) -> None:
        async with make_client(make_app("Products", router), services) as stranger:
            assert (await stranger.post("/qr/", json=QR_BODY)).status_code == 401


class TestDigitalLinkParse:
    async def test_the_path_is_told_and_the_query_ignored(self, client: httpx2.AsyncClient) -> None:
        url = f"https://id.example.test/01/{GTIN}/10/L7?17=271231"
        answer = await client.post("/digital-link/parse", json={"url": url})
        assert answer.json() == {
            "is_valid": True,
            "url": url,
            "gtin": GTIN,
            "lot": "L7",
            "expiry": None,
            "serial": None,
            "raw_ais": {"01": GTIN, "10": "L7"},
        }

    async def test_a_url_that_is_no_digital_link_says_nothing(self, client: httpx2.AsyncClient) -> None:
        answer = await client.post("/digital-link/parse", json={"url": "https://example.test/hello"})
        assert answer.status_code == 200
        assert answer.json() == {
            "is_valid": False,
            "url": "https://example.test/hello",
            "gtin": None,
            "lot": None,
            "expiry": None,
            "serial": None,
            "raw_ais": {},
        }

    @pytest.mark.parametrize("body", [{}, {"url": ""}, {"url": "x" * 4097}])
    async def test_a_url_must_be_there(self, client: httpx2.AsyncClient, body: dict[str, str]) -> None:
        assert fields_of(await client.post("/digital-link/parse", json=body)) == ["url"]

    async def test_needs_a_key(self, services: Services) -> None:
        async with make_client(make_app("Products", router), services) as stranger:
            answer = await stranger.post("/digital-link/parse", json={"url": "https://example.test/"})
            assert answer.status_code == 401
