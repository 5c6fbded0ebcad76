"""What an edit costs does not grow with the catalogue: no query of the publisher reads a whole table."""

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.stored_catalogue import store_catalogue
from product_platform.digital_link.repository import publication, sources
from product_platform.kit.db import connect
from product_platform.kit.migrations import migrate
from product_platform.products.repository import products
from tests.conftest import execute, with_database

pytestmark = pytest.mark.servers

QUERIES = {
    "changes that belong together": publication._WIDEN,
    "pieces of products": publication._PIECES,
    "slices": publication._STORE,
    "rules": sources._RULES,
    "rules below": sources._NARROWER_RULES,
    "products": sources._PRODUCTS,
    "identifiers": sources._IDENTIFIERS,
    "flagged serials": sources._FLAGGED_SERIALS,
    "lots and serials": sources._INSTANCES,
    "facts": f"{products.PRODUCTS} WHERE product.gtin = ANY($1::text[])",
}


PRODUCTS = 3_000
# What grows with the catalogue. Brands, organizations and hosts do not in this one.
GROWING = {
    "products",
    "resolution_rules",
    "custom_urls",
    "identifiers",
    "serials",
    "lots",
    "slices",
    "outbox",
}
REST = """
    INSERT INTO identifiers (key, product_id, name, created, modified)
        SELECT '8006/' || gtin || '0102', id, 'Piece', now(), now() FROM products;
    INSERT INTO serials (product_id, serial, state) SELECT id, 'S', 'suspect' FROM products;
    INSERT INTO lots (product_id, code) SELECT id, 'L1' FROM products;
    INSERT INTO slices (key, seq, bytes) SELECT '01/' || gtin, 1, 'packed' FROM products;
    INSERT INTO outbox (slice_key) SELECT '01/' || gtin FROM products;
"""


@pytest.fixture(scope="module")
def large_url(postgres_url: str) -> Iterator[str]:
    """Make a database with a catalogue that it does not pay to read whole."""

    async def fill(url: str) -> None:
        await migrate(url)
        connection = await connect(url)
        await store_catalogue(connection, PRODUCTS)
        await connection.execute(REST)
        await connection.execute("VACUUM ANALYZE")
        await connection.close()

    asyncio.run(execute(postgres_url, "CREATE DATABASE large"))
    url = with_database(postgres_url, "large")
    asyncio.run(fill(url))
    yield url
    asyncio.run(execute(postgres_url, "DROP DATABASE large WITH (FORCE)"))


async def explain(url: str, sql: str) -> Any:
    """Return the plan of a query for parameters that it does not know yet."""
    count = len(set(re.findall(r"\$\d+", sql)))
    connection = await connect(url)
    try:
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        # What pays off for a table of this size only.
        for way in ("seqscan", "hashjoin", "mergejoin"):
            await connection.execute(f"SET enable_{way} = off")
        await connection.execute(f"PREPARE query AS {sql}")
        plan = await connection.fetchval(
            f"EXPLAIN (FORMAT JSON) EXECUTE query({', '.join(['NULL'] * count)})"
        )
    finally:
        await connection.close()
    return json.loads(plan)[0]["Plan"]


def nodes(plan: Any) -> Iterator[Any]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


@pytest.mark.parametrize("name", QUERIES)
async def test_rows_are_found_by_an_index(name: str, large_url: str) -> None:
    plan = await explain(large_url, QUERIES[name])
    reads = [node for node in nodes(plan) if node.get("Relation Name") in GROWING]
    reads = [node for node in reads if node["Node Type"] != "ModifyTable"]
    whole = [node["Relation Name"] for node in reads if not {"Index Cond", "Recheck Cond"} & set(node)]
    assert reads
    assert whole == []
