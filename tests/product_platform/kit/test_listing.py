from collections.abc import AsyncIterator
from typing import Annotated

import httpx2
import pytest
from fastapi import APIRouter, Query
from pydantic import BaseModel

from product_platform.kit.http import ConnectionDep, create_domain_app
from product_platform.kit.ids import ShortId
from product_platform.kit.listing import Listing, OrderedBy, QueryBool
from product_platform.kit.pagination import Page, PageDep
from product_platform.kit.services import Services
from tests.product_platform.clients import make_client

pytestmark = pytest.mark.servers


class BrandFilters(BaseModel):
    name: str | None = None
    organization_id: ShortId | None = None
    is_claimed: QueryBool | None = None
    ordering: Annotated[str, OrderedBy("name", "length")] = "name"


BRANDS = Listing(
    select="SELECT name FROM brands WHERE is_active AND website <> $1",
    filters={
        "name": "strpos(name, {}) > 0",
        "organization_id": "organization_id = {}",
        "is_claimed": "(organization_id IS NOT NULL) = {}",
    },
    orderings={"name": "name", "length": "length(name)"},
)

router = APIRouter()


@router.get("/brands")
async def list_brands(
    connection: ConnectionDep, query: PageDep, filters: Annotated[BrandFilters, Query()]
) -> Page[str]:
    page = await BRANDS.fetch(connection, query, filters, ["none"])
    return page.map(lambda row: row["name"])


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    await services.database.pool.execute(
        """
        INSERT INTO organizations (id, name, country)
            VALUES ('00000000-0000-0000-0000-000000000001', 'Oats', 'CA');
        INSERT INTO brands (name, name_key, organization_id) VALUES
            ('Ear', 'ear', '00000000-0000-0000-0000-000000000001'), ('Barley', 'barley', NULL),
            ('Car', 'car', NULL), ('Ace', 'ace', NULL)
        """
    )
    async with make_client(create_domain_app("Trial", router), services) as client:
        yield client


async def names(client: httpx2.AsyncClient, query: str) -> list[str]:
    return (await client.get(f"/brands?{query}")).json()["data"]


class TestListing:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", ["Ace", "Barley", "Car", "Ear"]),
            ("ordering=-name", ["Ear", "Car", "Barley", "Ace"]),
            ("ordering=-length&page_size=1", ["Barley"]),
            ("name=ar", ["Barley", "Car", "Ear"]),
            ("name=ar&is_claimed=false", ["Barley", "Car"]),
            ("organization_id=2222222222222222222223", ["Ear"]),
            ("unknown=1", ["Ace", "Barley", "Car", "Ear"]),
        ],
    )
    async def test_filters_combine_and_orders_hold(self, client, query, found):
        assert await names(client, query) == found

    async def test_rows_that_are_alike_are_on_one_page_each(self, client):
        pages = [await names(client, f"ordering=length&page_size=1&page={page}") for page in range(1, 5)]
        assert sorted(name for page in pages for name in page) == ["Ace", "Barley", "Car", "Ear"]

    @pytest.mark.parametrize("value", ["true", "TRUE", "1"])
    async def test_a_yes_is_true_or_1(self, client, value):
        assert await names(client, f"is_claimed={value}") == ["Ear"]

    @pytest.mark.parametrize("value", ["yes", "on", "t", "", "2", "None"])
    async def test_any_other_word_is_invalid(self, client, value):
        answer = await client.get(f"/brands?is_claimed={value}")
        assert answer.status_code == 422
        assert answer.json()["error"]["details"][0]["field"] == "query.is_claimed"

    async def test_all_that_is_wrong_with_a_query_is_told_at_once(self, client):
        answer = await client.get("/brands?ordering=size&page=0&organization_id=x")
        details = answer.json()["error"]["details"]
        assert {(each["field"], each["code"]) for each in details} == {
            ("query.ordering", "unknown_ordering"),
            ("query.page", "greater_than_equal"),
            ("query.organization_id", "malformed_id"),
        }

    async def test_the_orders_are_described(self, client):
        document = (await client.get("/openapi.json")).json()
        parameters = document["paths"]["/brands"]["get"]["parameters"]
        [ordering] = [each for each in parameters if each.get("name") == "ordering"]
        assert ordering["schema"]["enum"] == ["name", "-name", "length", "-length"]
