"""What no single request shows of lists of recalls: what others show of them, and how they are found."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from asyncpg.connection import LoggedQuery

from product_platform import compliance, products
from product_platform.compliance import Recalls
from product_platform.compliance.schemas import OpenRecallFilters, RecallFilters
from product_platform.kit.db import Connection
from product_platform.kit.migrations import migrate, read_migrations
from product_platform.kit.pagination import PageQuery
from product_platform.kit.services import Services
from product_platform.products import Products
from tests.conftest import execute, with_database
from tests.product_platform.catalogue import make_principal
from tests.product_platform.clients import make_app, make_client
from tests.product_platform.compliance.conftest import GTIN, OTHER_GTIN, Load, make_line

pytestmark = pytest.mark.servers

MANY = 20_000
OFTEN_RECALLED = "00000000000500"


@pytest.fixture(autouse=True)
async def catalogue(services: Services) -> None:
    """Let there be two products."""
    await services.database.pool.execute("INSERT INTO products (gtin) VALUES ($1), ($2)", GTIN, OTHER_GTIN)


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    app = make_app("Compliance", compliance.router)
    app.state.catalogue = Products(services.clock)
    async with make_client(app, services, make_principal()) as client:
        yield client


@pytest.fixture
async def products_client(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    async with make_client(make_app("Products", products.router), services, make_principal()) as client:
        yield client


async def list_recalls(client: httpx2.AsyncClient, gtin: str = GTIN) -> list[dict[str, Any]]:
    answer = await client.get(f"/products/{gtin}/recalls", params={"ordering": "severity"})
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


class TestBothViews:
    async def test_products_show_the_same_rows_whatever_their_status(
        self, client: httpx2.AsyncClient, products_client: httpx2.AsyncClient, load: Load
    ) -> None:
        statuses = ("ONGOING", "COMPLETED", "TERMINATED", "UNKNOWN")
        await load(*(make_line(status, status=status) for status in statuses))
        shown = await list_recalls(products_client)
        assert sorted(row["status"] for row in shown) == sorted(statuses)
        are_open = [row for row in shown if row["status"] in {"ONGOING", "UNKNOWN"}]
        assert await list_recalls(client) == are_open
        content = (await products_client.get(f"/products/{GTIN}/content")).json()["recalls"]
        assert sorted(row["id"] for row in content) == sorted(row["id"] for row in shown)

    async def test_many_products_have_many_recalls(self, client: httpx2.AsyncClient, load: Load) -> None:
        await load(make_line("both", gtins=[GTIN, OTHER_GTIN]), make_line("one"))
        assert {row["title"] for row in await list_recalls(client)} == {"both", "one"}
        assert {row["title"] for row in await list_recalls(client, OTHER_GTIN)} == {"both"}

    async def test_an_order_that_one_refuses_with_400_the_other_refuses_with_422(
        self, client: httpx2.AsyncClient, products_client: httpx2.AsyncClient
    ) -> None:
        path = f"/products/{GTIN}/recalls?ordering=title"
        answers = [await each.get(path) for each in (client, products_client)]
        assert [answer.status_code for answer in answers] == [400, 422]
        assert "'title'" in answers[0].json()["error"]["message"]


@pytest.fixture
async def connection(services: Services) -> AsyncIterator[Connection]:
    """Lend a connection to more recalls than anybody would look at one by one, until it is rolled back."""
    async with services.database.rehearsal() as connection:
        await connection.execute(
            """
            WITH made AS (
                INSERT INTO recalls (source_system, source_reference, title, status, severity, recall_date)
                SELECT 'FDA', n, 'Recall ' || n, 'ONGOING', 'CLASS_II', '2026-01-01'::date + n
                FROM generate_series(1, $1::int) AS n RETURNING id, source_reference::int AS n
            )
            INSERT INTO recall_gtins (gtin, recall_id)
            SELECT lpad((n % 4000 + step)::text, 14, '0'), id FROM made, generate_series(1, 2) AS step
            """,
            MANY,
        )
        await connection.execute("INSERT INTO products (gtin) VALUES ($1)", OFTEN_RECALLED)
        await connection.execute("ANALYZE recalls, recall_gtins")
        yield connection


async def test_no_list_reads_a_table(connection: Connection, services: Services) -> None:
    queries: list[LoggedQuery] = []
    gtin, recalls = OFTEN_RECALLED, Recalls()
    with connection.query_logger(queries.append):
        for ordering in ("recall_date", "-recall_date", "severity", "-severity"):
            filters = OpenRecallFilters(ordering=ordering, source_system="FDA", severity="CLASS_II")
            page = await recalls.list_recalls(connection, gtin, PageQuery(), filters=filters)
            assert page.pagination.total_count == 10
        await recalls.list_recalls(connection, gtin, PageQuery(), filters=RecallFilters())
        await recalls.list_open(
            connection, gtin, PageQuery(), filters=OpenRecallFilters(), catalogue=Products(services.clock)
        )
        assert len(await recalls.fetch_all(connection, gtin)) == 10
        await connection.execute("SELECT 1")  # each query is told of while the next one runs
    asked = [query for query in queries if "recalls" in query.query]
    assert len(asked) == 13
    for query in asked:
        plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {query.query}", *query.args)
        assert "Seq Scan" not in plan, query.query


async def test_recalls_of_before_keep_their_products(postgres_url: str) -> None:
    name = "before_recalls"
    await execute(postgres_url, f"CREATE DATABASE {name}")
    url = with_database(postgres_url, name)
    await migrate(url, [each for each in read_migrations() if each.name < "0036"])
    await execute(
        url,
        f"""
        INSERT INTO products (gtin) VALUES ('{GTIN}');
        INSERT INTO recalls (source_system, source_reference, title, status, severity)
        VALUES ('FDA', '1', 'Milk', 'ONGOING', 'CLASS_I');
        INSERT INTO product_recalls SELECT products.id, recalls.id FROM products, recalls;
        """,
    )
    await migrate(url)
    await execute(url, f"DO $$ BEGIN ASSERT (SELECT gtin FROM recall_gtins) = '{GTIN}'; END $$")
    await execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")
