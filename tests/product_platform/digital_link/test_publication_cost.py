"""What an edit costs does not grow with the catalogue: no query of the publisher reads a whole table."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from product_platform.digital_link.repository import publication, sources
from product_platform.kit.db import Connection
from product_platform.products import repository as products

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
    "brands": sources._BRANDS,
    "organizations": sources._ORGANIZATIONS,
    "hosts": sources._HOSTS,
    "facts": f"{products._PRODUCTS} WHERE product.gtin = ANY($1::text[])",
}


async def explain(connection: Connection, sql: str) -> Any:
    """Return the plan of a query, whatever its parameters are, as if every table were huge."""
    count = len(set(re.findall(r"\$\d+", sql)))
    parameters = ", ".join(["NULL"] * count)
    async with connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE query AS {sql}")
        plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE query({parameters})")
        await connection.execute("DEALLOCATE query")
    return json.loads(plan)[0]["Plan"]


def nodes(plan: Any) -> Iterator[Any]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


@pytest.mark.parametrize("name", QUERIES)
async def test_rows_are_found_by_an_index(name: str, connection: Connection) -> None:
    plan = await explain(connection, QUERIES[name])
    reads = [node for node in nodes(plan) if "Relation Name" in node and node["Node Type"] != "ModifyTable"]
    whole = [node["Relation Name"] for node in reads if not {"Index Cond", "Recheck Cond"} & set(node)]
    assert reads
    assert whole == []
