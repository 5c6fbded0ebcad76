"""Lists of the whole catalogue: which products they show, in which order, and how they find them."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from asyncpg.connection import LoggedQuery

from product_platform.kit.db import Connection
from product_platform.kit.ids import to_short
from product_platform.kit.pagination import PageQuery
from product_platform.kit.services import Services
from product_platform.products.repository import catalogue
from product_platform.products.schemas.trade_items import TradeItemFilters
from rules_compiler.gs1 import check_digit
from tests.product_platform.products.conftest import fields_of

pytestmark = pytest.mark.servers

MANY = 15_000


def to_gtin(number: int) -> str:
    digits = f"0952{number:09d}"
    return digits + check_digit(digits)


async def list_names(client: httpx2.AsyncClient, path: str = "/trade-items", **query: Any) -> list[str]:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["pagination"]["total_count"] == len(body["data"])
    return [row["product_name"] for row in body["data"]]


@pytest.fixture
async def category(services: Services) -> UUID:
    category: UUID = await services.database.pool.fetchval(
        "INSERT INTO product_categories (name) VALUES ('Drinks') RETURNING id"
    )
    return category


@pytest.fixture(autouse=True)
async def shelf(services: Services, organization: UUID, category: UUID) -> None:
    """Let there be four products: of a claimed brand, claimed itself, and two of nobody."""
    pool = services.database.pool
    brands = {
        name: await pool.fetchval(
            "INSERT INTO brands (name, name_key, organization_id) VALUES ($1, lower($1), $2) RETURNING id",
            name,
            owner,
        )
        for name, owner in (("Acme", organization), ("Zoo", None))
    }
    rows: list[tuple[str, str | None, UUID | None, str, str, float, UUID | None]] = [
        ("Oat Drink", "Acme", None, "SE", "imported", 0.7, category),
        ("Rye bread", None, organization, "DE", "claimed", 1.0, None),
        ("Oats, rolled", "Zoo", None, "SE", "crowd_sourced", 0.4, None),
        ("Älg 100%_off", None, None, "", "open_food_facts", 0.0, None),
    ]
    for number, (name, brand, owner, country, source, score, category_id) in enumerate(rows):
        await pool.execute(
            "INSERT INTO products (gtin, product_name, brand_id, owner_id, country_of_origin, data_source,"
            " confidence_score, category_id, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            to_gtin(number),
            name,
            brands.get(brand or ""),
            owner,
            country,
            source,
            score,
            category_id,
            datetime(2026, 1, 1 + number, tzinfo=UTC),
        )


class TestTradeItems:
    async def test_all_that_a_list_tells(self, client: httpx2.AsyncClient, organization: UUID) -> None:
        (found,) = (await client.get("/trade-items", params={"q": "drink"})).json()["data"]
        assert len(found.pop("id")) == 22
        assert found == {
            "gtin": to_gtin(0),
            "product_name": "Oat Drink",
            "brand": "Acme",
            "manufacturer": "",
            "description": "",
            "image_url": "",
            "country_of_origin": "SE",
            "net_content": "",
            "is_claimed": True,
            "data_source": "claimed",
            "confidence_score": 0.0,
            "primary_language": "",
            "created": "2026-01-01T00:00:00Z",
            "net_content_value": None,
            "net_content_uom": None,
            "owner_id": to_short(organization),
            "countries_sold": [],
        }

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({}, ["Älg 100%_off", "Oats, rolled", "Rye bread", "Oat Drink"]),
            ({"q": "OAT"}, ["Oats, rolled", "Oat Drink"]),
            ({"q": "acme"}, ["Oat Drink"]),
            ({"q": "oo"}, ["Oats, rolled"]),
            ({"q": "älg"}, ["Älg 100%_off"]),
            ({"q": "0%_O"}, ["Älg 100%_off"]),
            ({"q": "%"}, ["Älg 100%_off"]),
            ({"q": "nothing like it"}, []),
            ({"brand": "aCME"}, ["Oat Drink"]),
            ({"brand": "Acm"}, []),
            ({"is_claimed": "true"}, ["Rye bread", "Oat Drink"]),
            ({"is_claimed": "0"}, ["Älg 100%_off", "Oats, rolled"]),
            ({"country_of_origin": "se"}, ["Oats, rolled", "Oat Drink"]),
            ({"data_source": "claimed"}, ["Rye bread", "Oat Drink"]),
            ({"data_source": "imported"}, []),
            ({"data_source": "crowd_sourced"}, ["Oats, rolled"]),
            ({"q": "oat", "country_of_origin": "SE", "is_claimed": "true"}, ["Oat Drink"]),
            ({"ordering": "created"}, ["Oat Drink", "Rye bread", "Oats, rolled", "Älg 100%_off"]),
            ({"ordering": "product_name"}, ["Oat Drink", "Oats, rolled", "Rye bread", "Älg 100%_off"]),
            ({"ordering": "-product_name"}, ["Älg 100%_off", "Rye bread", "Oats, rolled", "Oat Drink"]),
            ({"ordering": "confidence_score"}, ["Älg 100%_off", "Oats, rolled", "Oat Drink", "Rye bread"]),
            ({"ordering": "-confidence_score"}, ["Rye bread", "Oat Drink", "Oats, rolled", "Älg 100%_off"]),
            ({"ordering": "-brand", "is_claimed": "true"}, ["Oat Drink", "Rye bread"]),
            ({"ordering": "brand", "is_claimed": "true"}, ["Rye bread", "Oat Drink"]),
            ({"ordering": "brand", "q": "oat"}, ["Oat Drink", "Oats, rolled"]),
        ],
    )
    async def test_filters_and_orders(
        self, client: httpx2.AsyncClient, query: dict[str, str], found: list[str]
    ) -> None:
        assert await list_names(client, **query) == found

    async def test_a_category(self, client: httpx2.AsyncClient, category: UUID) -> None:
        assert await list_names(client, category_id=to_short(category)) == ["Oat Drink"]
        assert await list_names(client, category_id=str(uuid4())) == []

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"ordering": "gtin"}, "query.ordering"),
            ({"is_claimed": "maybe"}, "query.is_claimed"),
            ({"data_source": "rumour"}, "query.data_source"),
            ({"country_of_origin": "SWE"}, "query.country_of_origin"),
            ({"category_id": "x"}, "query.category_id"),
            ({"page_size": "101"}, "query.page_size"),
            ({"q": "x" * 201}, "query.q"),
        ],
    )
    async def test_a_bad_query_is_refused(
        self, client: httpx2.AsyncClient, query: dict[str, str], field: str
    ) -> None:
        assert [name for name, _ in fields_of(await client.get("/trade-items", params=query))] == [field]

    async def test_pages_are_stable_and_end(self, client: httpx2.AsyncClient) -> None:
        seen = []
        for page in (1, 2, 3):
            body = (await client.get("/trade-items", params={"page": page, "page_size": 2})).json()
            seen += [row["product_name"] for row in body["data"]]
            assert body["pagination"]["total_pages"] == 2
        assert seen == ["Älg 100%_off", "Oats, rolled", "Rye bread", "Oat Drink"]

    async def test_one_in_full(self, client: httpx2.AsyncClient) -> None:
        found = (await client.get(f"/trade-items/{to_gtin(0)[1:]}")).json()
        assert (found["product_name"], found["modified"] != "", found["field_confidence"]) == (
            "Oat Drink",
            True,
            {},
        )
        texts = ("usage_instructions", "brand_product_page_url", "ai_summary", "gpc_brick_code", "length_uom")
        assert {name: found[name] for name in texts} == dict.fromkeys(texts, "")
        assert "metadata" not in found
        assert "claim_verification_status" not in found
        assert (await client.get(f"/trade-items/{to_gtin(99)}")).status_code == 404

    async def test_what_its_owner_says_of_it(self, client: httpx2.AsyncClient) -> None:
        sent = {
            "countries_sold": ["se", "NO"],
            "primary_language": "sv",
            "usage_instructions": "Shake well.",
            "brand_product_page_url": "https://acme.example/oat",
            "length": 12.5,
            "length_uom": "CMT",
            "gross_weight": 1.1,
            "gross_weight_uom": "KGM",
            "gpc_brick_code": "10000025",
        }
        assert (await client.patch(f"/products/{to_gtin(0)}", json=sent)).status_code == 200
        found = (await client.get(f"/trade-items/{to_gtin(0)}")).json()
        wanted = {**sent, "countries_sold": ["SE", "NO"]}
        assert {name: found[name] for name in wanted} == wanted

    @pytest.mark.parametrize(
        ("sent", "field"),
        [
            ({"countries_sold": ["SWE"]}, "countries_sold[0]"),
            ({"primary_language": "swedish language"}, "primary_language"),
            ({"brand_product_page_url": "ftp://acme.example"}, "brand_product_page_url"),
            ({"length": 1, "length_uom": "KGM"}, "length_uom"),
            ({"net_weight": 1}, "net_weight_uom"),
            ({"gpc_class_code": "123"}, "gpc_class_code"),
        ],
    )
    async def test_bad_words_of_its_owner_are_named(
        self, client: httpx2.AsyncClient, sent: dict[str, Any], field: str
    ) -> None:
        answer = await client.patch(f"/products/{to_gtin(0)}", json=sent)
        assert [name for name, _ in fields_of(answer)] == [field]


class TestBrowse:
    async def test_in_few_words(self, client: httpx2.AsyncClient, organization: UUID) -> None:
        (found,) = (await client.get("/browse/products", params={"q": "drink"})).json()["data"]
        product_id = found["id"]
        assert found == {
            "id": product_id,
            "gtin": to_gtin(0),
            "is_claimed": True,
            "created": "2026-01-01T00:00:00Z",
            "product_name": "Oat Drink",
            "brand": "Acme",
            "description": "",
            "owner_id": to_short(organization),
        }
        assert (await client.get(f"/browse/products/{product_id}")).json() == found
        assert (await client.get(f"/browse/products/{to_short(uuid4())}")).status_code == 404
        assert (await client.get("/browse/products/x")).status_code == 422

    async def test_filters(self, client: httpx2.AsyncClient) -> None:
        path = "/browse/products"
        assert await list_names(client, path, brand="zoo") == ["Oats, rolled"]
        assert await list_names(client, path, is_claimed="false") == ["Älg 100%_off", "Oats, rolled"]


@pytest.fixture
async def connection(services: Services, organization: UUID) -> AsyncIterator[Connection]:
    """Lend a connection to a catalogue that is too large to be looked at whole, until it is rolled back."""
    async with services.database.rehearsal() as connection:
        # An index is made much faster than it is kept.
        index = await connection.fetchval("SELECT pg_get_indexdef('products_name_trigrams'::regclass)")
        await connection.execute("DROP INDEX products_name_trigrams")
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(
            """
            INSERT INTO brands (name, name_key, organization_id)
            SELECT 'Brand ' || n, 'brand ' || n, CASE WHEN n < 2 THEN $1::uuid END
            FROM generate_series(1, 100) AS n
            """,
            organization,
        )
        await connection.execute(
            """
            INSERT INTO products (gtin, product_name, brand_id, owner_id, claimed_at, country_of_origin,
                data_source, confidence_score, created)
            SELECT lpad((1000 + n)::text, 14, '0'), 'Item ' || md5(n::text) || ' ' || n % 10, brands.id,
                CASE WHEN n % 150 = 0 THEN $1::uuid END, '2026-01-01Z'::timestamptz + n * interval '1 s',
                CASE WHEN n % 2000 = 0 THEN 'NO' ELSE 'SE' END,
                CASE WHEN n % 150 = 0 THEN 'claimed' ELSE 'imported' END,
                n % 97 / 97.0, '2026-01-01Z'::timestamptz + n * interval '1 s'
            FROM generate_series(1, $2::int) AS n LEFT JOIN brands ON brands.name = 'Brand ' || n % 101
            """,
            organization,
            MANY,
        )
        await connection.execute(index)
        await connection.execute("ANALYZE products, brands")
        yield connection


async def explain(connection: Connection, query: LoggedQuery) -> list[dict[str, Any]]:
    """Return the nodes of the plan of a query."""
    plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {query.query}", *query.args))
    nodes, waiting = [], [plan[0]["Plan"]]
    while waiting:
        nodes.append(waiting.pop())
        waiting += nodes[-1].get("Plans", [])
    return nodes


LISTS: list[dict[str, Any]] = [
    {},
    {"ordering": "product_name"},
    {"ordering": "-confidence_score"},
    {"ordering": "brand"},
    {"ordering": "-brand"},
    {"q": "item"},
    {"q": "brand 7"},
    {"q": "abcd"},
    {"q": "no such thing"},
    {"q": "abcd", "ordering": "brand"},
    {"brand": "Brand 7"},
    {"is_claimed": True},
    {"is_claimed": False},
    {"country_of_origin": "NO"},
    {"country_of_origin": "SE"},
    {"data_source": "imported"},
    {"data_source": "claimed"},
]
ORDERS = {
    "-created": "products.created DESC, products.id DESC",
    "product_name": "product_name, products.id",
    "brand": "coalesce(name, ''), products.id",
}


class TestLargeCatalogue:
    async def test_no_list_reads_the_table(self, connection: Connection, organization: UUID) -> None:
        queries: list[LoggedQuery] = []
        with connection.query_logger(queries.append):
            for filters in LISTS:
                wanted = TradeItemFilters.model_validate(filters)
                await catalogue.fetch_page_of(connection, PageQuery(), filters=wanted)
            await catalogue.fetch_owned(connection, PageQuery(), organization_id=organization)
        assert len(queries) > len(LISTS)
        for query in queries:
            for node in await explain(connection, query):
                reads_all = node["Node Type"] == "Seq Scan" and node["Relation Name"] == "products"
                assert not reads_all, query.query

    async def test_what_an_organization_owns(self, connection: Connection, organization: UUID) -> None:
        page = await catalogue.fetch_owned(connection, PageQuery(2, 100), organization_id=organization)
        rows = await connection.fetch(
            f"{catalogue.PRODUCTS} WHERE {catalogue.OWNER} = $1"
            " ORDER BY current_claimed_at DESC NULLS LAST, product.id",
            organization,
        )
        assert page.pagination.total_count == len(rows)
        assert [product.gtin for product in page.data] == [row["gtin"] for row in rows[100:200]]

    async def test_a_page_is_that_of_the_plain_query(self, connection: Connection) -> None:
        matches = (
            "FROM products LEFT JOIN brands ON brands.id = brand_id"
            " WHERE strpos(lower(product_name), $1) > 0 OR strpos(lower(coalesce(name, '')), $1) > 0"
        )
        for q in ("item", "brand 7", "abcd", "ab", " 3", "f 7", "no such thing"):
            total = await connection.fetchval(f"SELECT count(*) {matches}", q)
            for ordering, order in ORDERS.items():
                sql = f"SELECT gtin {matches} ORDER BY {order} LIMIT 10 OFFSET 20"
                wanted = [row["gtin"] for row in await connection.fetch(sql, q)]
                filters = TradeItemFilters(q=q, ordering=ordering)
                page = await catalogue.fetch_page_of(connection, PageQuery(3, 10), filters=filters)
                assert [product.gtin for product in page.data] == wanted, (q, ordering)
                assert page.pagination.has_next == (total > 30)
                if page.pagination.total_count != total:  # an estimate
                    assert total > 30
                    assert page.pagination.total_count == pytest.approx(total, rel=0.8)

    async def test_the_last_page_ends_the_list(self, connection: Connection) -> None:
        total = await connection.fetchval("SELECT count(*) FROM products")
        last = -(-total // 100)
        sizes = {last - 1: (100, True), last: (total - 100 * (last - 1), False), last + 1: (0, False)}
        for page, wanted in sizes.items():
            found = await catalogue.fetch_page_of(
                connection, PageQuery(page, 100), filters=TradeItemFilters()
            )
            assert (len(found.data), found.pagination.has_next) == wanted
