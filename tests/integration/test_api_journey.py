"""From nothing to a working link, by the public API alone: what a brand does on its first day."""

import io
from typing import Any
from urllib.parse import urlsplit

import pytest
import zxingcpp
from PIL import Image

from tests.integration.clients import Answer, Brand, make_gtin, scan
from tests.integration.running import Up, wait_until
from tests.integration.watching import watch, watch_target

pytestmark = pytest.mark.processes

ACCOUNT = "/account/api/v1"
PRODUCTS = "/products/api/v1"
RULES = "/resolver/api/v1"


@pytest.fixture
def meadow(up: Up, owner: Brand) -> Brand:
    """Make an organization, and a key that is this organization's alone."""
    body = {"name": "Meadow Foods", "country": "CA", "is_brand": True}
    organization_id = owner.call("POST", f"{ACCOUNT}/organizations", body)["id"]
    body = {"name": "Website", "role": "manager"}
    key = owner.call("POST", f"{ACCOUNT}/organizations/{organization_id}/api-keys", body)["key"]
    return Brand(up.port, key, organization_id)


@pytest.fixture
def gtin(meadow: Brand, request: pytest.FixtureRequest) -> str:
    """Make a brand and a product of it."""
    body = {"organization_id": meadow.organization_id, "name": f"Meadow {request.node.name}"}
    brand_id = meadow.call("POST", "/brands/api/v1/brands", body)["id"]
    gtin = make_gtin()
    body = {"gtin": gtin, "organization_id": meadow.organization_id, "product_name": "Oat drink"}
    meadow.call("POST", f"{PRODUCTS}/products", body)
    meadow.call("PATCH", f"{PRODUCTS}/products/{gtin}", {"brand_id": brand_id})
    return gtin


def rules_of(brand: Brand) -> str:
    return f"{RULES}/organizations/{brand.organization_id}/resolution-rules"


def make_rule(brand: Brand, gtin: str, to: str) -> None:
    body = {"scope_type": "PRODUCT", "scope_id": gtin, "destination_type": "CUSTOM_URL", "custom_url": to}
    brand.call("POST", rules_of(brand), body)


def read_code(brand: Brand, **fields: str) -> str:
    """Return what a phone reads from the QR code that the API draws."""
    answer = brand.ask("POST", f"{PRODUCTS}/qr/", {"format": "png"} | fields)
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    with Image.open(io.BytesIO(answer.body)) as image:
        (code,) = zxingcpp.read_barcodes(image)
    text: str = code.text
    return text


def test_the_key_is_the_organizations_alone(meadow: Brand) -> None:
    whoami = meadow.call("GET", f"{ACCOUNT}/whoami")
    assert [one["id"] for one in whoami["organizations"]] == [meadow.organization_id]
    assert whoami["api_key"]["role"] == "manager"


def test_a_product_without_rules_has_a_page(up: Up, gtin: str) -> None:
    watch_target(up, f"/01/{gtin}", f"{up.ready['url']}/p/01/{gtin}")

    def names_product_and_brand(answer: Answer) -> bool:
        page = answer.body.decode()
        return answer.status == 200 and "Oat drink" in page and "Meadow" in page

    watch(up, f"/p/01/{gtin}", names_product_and_brand)


def test_a_code_leads_where_the_rule_says_and_the_scan_is_reported(up: Up, meadow: Brand, gtin: str) -> None:
    make_rule(meadow, gtin, "https://meadow.example/oats?gtin={gtin}")
    target = f"https://meadow.example/oats?gtin={gtin}"
    watch_target(up, f"/01/{gtin}", target)

    text = read_code(meadow, gtin=gtin, lot="L7", serial="A/1")
    assert text == f"{up.ready['url']}/01/{gtin}/10/L7/21/A%2F1"
    answer = scan(up.port, f"{urlsplit(text).path}?utm=poster")
    assert (answer.status, answer.location) == (307, f"{target}&utm=poster")

    def find_product() -> dict[str, Any] | None:
        report = meadow.call("GET", "/dashboard/api/v1/brand-analytics/scans")
        return next(iter(report["top_products"]), None)

    product = wait_until(find_product, what="the product in the report")
    assert (product["gtin"], product["product_name"]) == (gtin, "Oat drink")


def test_a_recalled_lot_leads_elsewhere_and_the_history_says_who_did_it(
    up: Up, meadow: Brand, gtin: str
) -> None:
    make_rule(meadow, gtin, "https://meadow.example/oats")
    body = {"scope_type": "BATCH", "scope_id": "L7", "product_id": gtin, "destination_type": "CUSTOM_URL"}
    recall = {"custom_url": "https://meadow.example/recall/{lot}"}
    meadow.call("POST", f"{rules_of(meadow)}?note=Glass%20in%20L7", body | recall)
    watch_target(up, f"/01/{gtin}/10/L7", "https://meadow.example/recall/L7")
    assert scan(up.port, f"/01/{gtin}/10/L8").location == "https://meadow.example/oats"

    last, first = meadow.call("GET", f"{rules_of(meadow)}/history")["data"]
    assert (last["number"], last["note"], last["author"]) == (2, "Glass in L7", "Owner")
    assert last["changes"][0]["after"]["scope_id"] == "L7"
    assert first["changes"][0]["after"]["custom_url"] == "https://meadow.example/oats"


def test_another_organization_sees_and_changes_none_of_it(meadow: Brand, gtin: str, brand: Brand) -> None:
    make_rule(meadow, gtin, "https://meadow.example/oats")
    (rule,) = meadow.call("GET", rules_of(meadow))["data"]
    path = f"{RULES}/resolution-rules/{rule['id']}"
    refusals = [
        brand.ask("GET", rules_of(meadow)),
        brand.ask("GET", path),
        brand.ask("PATCH", path, {"enabled": False}),
        brand.ask("DELETE", path),
        brand.ask("GET", f"{ACCOUNT}/organizations/{meadow.organization_id}"),
    ]
    assert [answer.status for answer in refusals] == [404] * 5
    claim = brand.ask("POST", f"{PRODUCTS}/products/{gtin}/claim", {})
    assert claim.status == 409
    assert meadow.call("GET", rules_of(meadow))["data"] == [rule]
