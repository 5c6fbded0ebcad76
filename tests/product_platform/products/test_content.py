"""What is known of a product beside its record."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import httpx2
import pytest

from product_platform.kit.clock import FixedClock
from product_platform.kit.ids import to_short
from product_platform.kit.services import Services
from product_platform.products import Content
from product_platform.products.schemas.content import ImageRecord, Nutrition
from tests.product_platform.catalogue import clear_outbox, read_outbox
from tests.product_platform.products.conftest import GTIN, OTHER_GTIN, PATH, fields_of

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("product")]

LISTS = ("images", "ingredients", "certifications", "claims", "recalls")
PANEL = Nutrition.model_validate(
    {
        "serving_size": "1 glass (200 ml)",
        "serving_size_g": 206,
        "servings_per_container": 4.5,
        "label_format": "EU",
        "nutrients": [
            {"name": "Energy", "amount": 92, "unit": "kcal", "daily_value_pct": 5},
            {"name": "Salt", "amount": 0.2, "unit": "g"},
        ],
    }
)


async def names(client: httpx2.AsyncClient, path: str, field: str = "label") -> list[str]:
    answer = await client.get(f"{PATH}/{path}")
    assert answer.status_code == 200, answer.text
    return [row[field] for row in answer.json()["data"]]


async def certify(services: Services, label: str, owner: UUID | None = None, **columns: Any) -> None:
    certification_id = await services.database.pool.fetchval(
        "INSERT INTO certifications (label, code, organization_id, url) VALUES ($1, $1, $2, 'https://a.example')"
        " RETURNING id",
        label,
        owner,
    )
    names = ", ".join(["product_id", "certification_id", *columns])
    places = ", ".join(["(SELECT id FROM products)", "$1", *(f"${n}" for n in range(2, len(columns) + 2))])
    await services.database.pool.execute(
        f"INSERT INTO product_certifications ({names}) VALUES ({places})", certification_id, *columns.values()
    )


async def recall(services: Services, title: str, day: date | None, **columns: str) -> None:
    values = {"source_system": "FDA", "severity": "CLASS_II", "status": "ONGOING", **columns}
    await services.database.pool.execute(
        "WITH recall AS (INSERT INTO recalls (title, source_reference, recall_date, source_system, severity,"
        " status, created) VALUES ($1, $1, $2, $3, $4, $5, '2026-01-01Z') RETURNING id)"
        " INSERT INTO recall_gtins SELECT gtin, recall.id FROM products, recall",
        title,
        day,
        values["source_system"],
        values["severity"],
        values["status"],
    )


class TestEveryList:
    @pytest.mark.parametrize("name", [*LISTS, "content", "nutrition"])
    async def test_an_unknown_product_has_none(self, client: httpx2.AsyncClient, name: str) -> None:
        assert (await client.get(f"/products/{OTHER_GTIN}/{name}")).status_code == 404
        assert fields_of(await client.get(f"/products/12345/{name}"))[0][0] == "path.gtin"

    @pytest.mark.parametrize("name", LISTS)
    async def test_a_product_without_any_has_an_empty_page(
        self, client: httpx2.AsyncClient, name: str
    ) -> None:
        body = (await client.get(f"{PATH}/{name}", params={"page_size": 7})).json()
        assert (body["data"], body["pagination"]["page_size"]) == ([], 7)

    @pytest.mark.parametrize("name", ["certifications", "recalls"])
    async def test_an_unknown_order_is_refused(self, client: httpx2.AsyncClient, name: str) -> None:
        answer = await client.get(f"{PATH}/{name}", params={"ordering": "id"})
        assert fields_of(answer) == [("query.ordering", "unknown_ordering")]


class TestIngredients:
    async def test_the_label_is_read_and_replaced(self, client: httpx2.AsyncClient) -> None:
        await client.patch(PATH, json={"ingredients": "Water, oats 10%. May contain soy"})
        body = (await client.get(f"{PATH}/ingredients")).json()
        first = body["data"][0]
        assert len(first.pop("id")) == 36
        assert first == {
            "name": "Water",
            "is_major_allergen": False,
            "may_contain": False,
            "priority": 1,
            "notes": "",
            "percentage": None,
            "origin": "",
        }
        assert [(row["name"], row["percentage"], row["may_contain"]) for row in body["data"][1:]] == [
            ("oats", 10, False),
            ("soy", None, True),
        ]
        await client.patch(PATH, json={"ingredients": "Salt"})
        assert await names(client, "ingredients", "name") == ["Salt"]
        await client.patch(PATH, json={"product_name": "Other"})
        assert await names(client, "ingredients", "name") == ["Salt"]
        await client.patch(PATH, json={"ingredients": ""})
        assert await names(client, "ingredients", "name") == []

    async def test_a_new_product_brings_its_label(self, client: httpx2.AsyncClient) -> None:
        await client.post("/products", json={"gtin": OTHER_GTIN, "ingredients": "Water, salt"})
        body = (await client.get(f"/products/{OTHER_GTIN}/ingredients")).json()
        assert [row["name"] for row in body["data"]] == ["Water", "salt"]

    async def test_allergens_alone_or_all_else(self, client: httpx2.AsyncClient) -> None:
        await client.patch(PATH, json={"ingredients": "Water, milk, salt"})
        assert await names(client, "ingredients?is_major_allergen=true", "name") == ["milk"]
        assert await names(client, "ingredients?is_major_allergen=false", "name") == ["Water", "salt"]


class TestImages:
    async def test_the_primary_one_comes_first_then_by_priority_then_the_newest(
        self, client: httpx2.AsyncClient, services: Services, clock: FixedClock
    ) -> None:
        content = Content(services.clock)
        for title, is_primary, priority in (
            ("c", False, 2),
            ("b", False, 1),
            ("a", False, 1),
            ("p", True, 9),
        ):
            clock.advance(1)
            async with services.database.transaction() as connection:
                image = ImageRecord(
                    image_url=f"https://oats.example/{title}.png",
                    title=title,
                    is_primary=is_primary,
                    priority=priority,
                    width=800,
                    height=600,
                )
                await content.add_image(connection, GTIN, image)
        body = (await client.get(f"{PATH}/images")).json()
        assert [row["title"] for row in body["data"]] == ["p", "a", "b", "c"]
        first = body["data"][0]
        assert len(first.pop("id")) == 22
        assert first == {
            "title": "p",
            "description": "",
            "is_primary": True,
            "priority": 9,
            "created": "2026-03-01T12:00:04Z",
            "image_url": "https://oats.example/p.png",
            "thumbnail_url": "",
            "width": 800,
            "height": 600,
        }

    async def test_a_new_primary_one_takes_the_place_and_is_published(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        for name in ("old", "new"):
            await clear_outbox(services.database)
            async with services.database.transaction() as connection:
                image = ImageRecord(image_url=f"https://oats.example/{name}.png", is_primary=True)
                await Content(services.clock).add_image(connection, GTIN, image)
            assert await read_outbox(services.database) == {f"01/{GTIN}"}
        product = (await client.get(PATH)).json()
        assert product["image_url"] == "https://oats.example/new.png"
        assert product["field_confidence"]["image_url"] == 1.0
        body = (await client.get(f"{PATH}/images")).json()
        assert [row["is_primary"] for row in body["data"]] == [True, False]


class TestNutrition:
    async def test_a_product_without_a_panel(self, client: httpx2.AsyncClient) -> None:
        answer = await client.get(f"{PATH}/nutrition")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")

    async def test_the_panel_as_it_was_stored_last(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        for size in ("100 ml", PANEL.serving_size):
            async with services.database.transaction() as connection:
                panel = PANEL.model_copy(update={"serving_size": size})
                await Content(services.clock).set_nutrition(connection, GTIN, panel)
        assert (await client.get(f"{PATH}/nutrition")).json() == {
            "serving_size": "1 glass (200 ml)",
            "serving_size_g": 206,
            "servings_per_container": 4.5,
            "label_format": "EU",
            "nutrients": [
                {"name": "Energy", "amount": 92, "unit": "kcal", "daily_value_pct": 5},
                {"name": "Salt", "amount": 0.2, "unit": "g", "daily_value_pct": None},
            ],
        }


class TestCertifications:
    async def test_all_that_is_known_of_one(self, client: httpx2.AsyncClient, services: Services) -> None:
        await certify(services, "Organic", expiration_date=date(2026, 3, 1), certificate_number="7")
        (found,) = (await client.get(f"{PATH}/certifications")).json()["data"]
        assert len(found.pop("id")) == 22
        assert found == {
            "label": "Organic",
            "is_active": True,
            "metadata": {},
            "code": "Organic",
            "description": "",
            "url": "https://a.example",
            "logo_url": None,
            "valid_from": None,
            "expiration_date": "2026-03-01",
            "certificate_number": "7",
            "issuing_body": "",
            "expiry_date": "2026-03-01",
            "verification_url": "",
            "verification_status": "unverified",
            "scope": "",
            "certification_value": "",
            "audit_date": None,
            "initial_certification_date": None,
            "certificate_countries": [],
        }

    async def test_filters_and_orders(self, client: httpx2.AsyncClient, services: Services) -> None:
        await certify(services, "Fair", expiration_date=date(2027, 1, 1), verification_status="verified")
        await certify(services, "Old", expiration_date=date(2026, 2, 28), verification_status="expired")
        await certify(services, "Later", valid_from=date(2026, 3, 2))
        await certify(services, "Open")
        path = "certifications"
        assert await names(client, path) == ["Fair", "Later", "Old", "Open"]
        assert await names(client, f"{path}?ordering=-label") == ["Open", "Old", "Later", "Fair"]
        assert (await names(client, f"{path}?ordering=expiry_date"))[:2] == ["Old", "Fair"]
        assert (await names(client, f"{path}?ordering=-expiry_date"))[:2] == ["Fair", "Old"]
        assert await names(client, f"{path}?is_active=true") == ["Fair", "Open"]
        assert await names(client, f"{path}?is_active=false") == ["Later", "Old"]
        for status, found in (
            ("verified", ["Fair"]),
            ("expired", ["Old"]),
            ("unverified", ["Later", "Open"]),
        ):
            assert await names(client, f"{path}?verification_status={status}") == found

    async def test_a_private_one_is_shown_to_its_organization_alone(
        self,
        client: httpx2.AsyncClient,
        rival_client: httpx2.AsyncClient,
        services: Services,
        organization: UUID,
    ) -> None:
        await certify(services, "Ours", organization)
        assert await names(client, "certifications") == ["Ours"]
        assert await names(rival_client, "certifications") == []
        assert (await rival_client.get(f"{PATH}/content")).json()["certifications"] == []


class TestClaims:
    async def test_claims_of_the_label(self, client: httpx2.AsyncClient, services: Services) -> None:
        pool = services.database.pool
        claim_id = await pool.fetchval(
            "INSERT INTO claims (label, code, category) VALUES ('Vegan', 'VEGAN', 'DIETARY') RETURNING id"
        )
        await pool.execute(
            "INSERT INTO product_claims (product_id, claim_id) SELECT id, $1 FROM products", claim_id
        )
        assert (await client.get(f"{PATH}/claims")).json()["data"] == [
            {
                "id": to_short(claim_id),
                "label": "Vegan",
                "code": "VEGAN",
                "category": "DIETARY",
                "source": "BRAND_SELF_DECLARED",
                "metadata": {},
                "valid_from": None,
                "expiration_date": None,
            }
        ]


class TestRecalls:
    async def test_all_statuses_filters_and_orders(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        await recall(services, "Milk", date(2026, 2, 1), severity="CLASS_I")
        await recall(services, "Glass", date(2026, 1, 1), status="COMPLETED", source_system="FSIS")
        await recall(services, "Cord", None, severity="UNKNOWN", status="TERMINATED", source_system="CPSC")
        assert await names(client, "recalls", "title") == ["Milk", "Glass", "Cord"]
        orders = {
            "recall_date": ["Glass", "Milk", "Cord"],
            "-recall_date": ["Milk", "Glass", "Cord"],
            "severity": ["Cord", "Glass", "Milk"],
            "-severity": ["Milk", "Glass", "Cord"],
        }
        for ordering, found in orders.items():
            assert await names(client, f"recalls?ordering={ordering}", "title") == found
        for condition, found in (
            ("status=COMPLETED", ["Glass"]),
            ("severity=CLASS_I", ["Milk"]),
            ("source_system=CPSC", ["Cord"]),
            ("source_system=HEALTH_CANADA", []),
        ):
            assert await names(client, f"recalls?{condition}", "title") == found


class TestContent:
    async def test_everything_in_one_answer(
        self, client: httpx2.AsyncClient, services: Services, product: Mapping[str, Any]
    ) -> None:
        empty = (await client.get(f"{PATH}/content")).json()
        assert empty == {**{name: [] for name in LISTS}, "nutrition": None}
        await client.patch(PATH, json={"ingredients": "Water"})
        await certify(services, "Organic")
        await recall(services, "Milk", None)
        async with services.database.transaction() as connection:
            await Content(services.clock).set_nutrition(connection, GTIN, PANEL)
            image = ImageRecord(image_url="https://oats.example/1.png")
            await Content(services.clock).add_image(connection, GTIN, image)
        found = (await client.get(f"{PATH}/content")).json()
        assert {name: len(found[name]) for name in LISTS} == {
            "images": 1,
            "ingredients": 1,
            "certifications": 1,
            "claims": 0,
            "recalls": 1,
        }
        assert found["nutrition"]["label_format"] == "EU"
