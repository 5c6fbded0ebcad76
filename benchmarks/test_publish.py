"""What one edit costs in an organization with 200 products, and beside it in one with 200,000.

Each product has two rules of its own, a target in the catalogue of URLs and a published slice. An
edit goes through the API, as a brand manager makes it, and through the publisher, to the slice
that edges read. Edits in both organizations take turns, so that both meet the same machine.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from statistics import median

import httpx2
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from admin_api.embedded import Postgres, Valkey
from admin_api.wiring import open_services
from product_platform.digital_link import Publisher
from product_platform.kit.db import connect
from product_platform.kit.ids import to_short
from product_platform.kit.migrations import migrate
from product_platform.kit.services import Services
from product_platform.kit.settings import PlatformSettings
from product_platform.products import Products
from tests.conftest import open_folder
from tests.product_platform.catalogue import USER_ID, make_organization, make_principal
from tests.product_platform.digital_link.conftest import create_rule, make_brand, make_resolver_client

SMALL, LARGE = 200, 200_000
ROUNDS = 50
MOST_TIMES_AS_LONG = 1.5

_LOAD = """
    WITH product AS (
        INSERT INTO products (gtin, brand_id, owner_id, claim_verification_status, product_name)
        SELECT lpad(($3::bigint * 1000000 + number)::text, 14, '0'), $2, $1, 'verified', 'Oat drink'
        FROM generate_series(1, $4::int) AS number RETURNING id, gtin
    ), rule AS (
        INSERT INTO resolution_rules (organization_id, scope_type, scope_id, product_id, slice_key,
            order_index, enabled, destination_type, custom_url, on_custom_url_dead, link_type)
        SELECT $1, 'PRODUCT', gtin, id, '01/' || gtin, place, true, 'CUSTOM_URL',
            'https://www.example.com/' || gtin, 'SKIP_RULE', CASE place WHEN 1 THEN 'gs1:instructions' END
        FROM product, generate_series(0, 1) AS place
    ), target AS (
        INSERT INTO custom_urls (organization_id, url)
        SELECT $1, 'https://www.example.com/' || gtin FROM product
    )
    INSERT INTO slices (key, seq, bytes) SELECT '01/' || gtin, 1, '\\x00' FROM product
"""

_MIDDLE = """
    SELECT id FROM resolution_rules WHERE organization_id = $1
    ORDER BY slice_key, order_index OFFSET $2 LIMIT 1
"""


@dataclass
class Edits:
    """Edits of one organization's rules, each to another target, and how long each kind took."""

    client: httpx2.AsyncClient
    publisher: Publisher
    rule_path: str
    numbers: Iterator[int] = field(default_factory=count)
    written_s: list[float] = field(default_factory=list)
    published_s: list[float] = field(default_factory=list)

    async def make(self) -> None:
        body = {"custom_url": f"https://www.example.com/edit/{next(self.numbers)}"}
        began = time.perf_counter()
        answer = await self.client.patch(self.rule_path, json=body)
        written = time.perf_counter()
        await self.publisher.publish_once()
        self.written_s.append(written - began)
        self.published_s.append(time.perf_counter() - written)
        assert answer.status_code == 200, answer.text

    def report(self, products: int) -> str:
        written, published = (1_000 * median(each) for each in (self.written_s, self.published_s))
        return f"{products:>7,} products: written in {written:.1f} ms, published in {published:.1f} ms"


@dataclass
class Bench:
    """Two organizations in one database, edits of both by the scope of the rule, and their loop."""

    runner: asyncio.Runner
    small: Mapping[str, Edits]
    large: Mapping[str, Edits]


async def load(services: Services, publisher: Publisher, prefix: int, products: int) -> dict[str, Edits]:
    """Make an organization with so many products, and edits of one's rule and of the organization's own."""
    pool = services.database.pool
    organization = await make_organization(services.database, f"With {products} products")
    brand = await make_brand(services.database, organization, f"Brand {prefix}")
    async with services.database.transaction() as connection:
        # As a replica the session leaves out the check of each foreign key.
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(_LOAD, organization, brand, prefix, products)
    rule = await pool.fetchval(_MIDDLE, organization, products // 2)
    client = make_resolver_client(services, make_principal(organization))
    path = f"/organizations/{to_short(organization)}/resolution-rules"
    wide = await create_rule(client, path, custom_url="https://www.example.com/")
    rules = {"product": to_short(rule), "organization": wide["id"]}
    return {scope: Edits(client, publisher, f"/resolution-rules/{rule}") for scope, rule in rules.items()}


@asynccontextmanager
async def open_bench(database_url: str, redis_url: str, runner: asyncio.Runner) -> AsyncIterator[Bench]:
    await migrate(database_url)
    settings = PlatformSettings(database_url=database_url, redis_url=redis_url)
    async with open_services(settings) as services:
        pool = services.database.pool
        await pool.execute(
            "INSERT INTO users (id, email, name) VALUES ($1, 'ada@example.com', 'Ada')", USER_ID
        )
        connection = await connect(database_url)
        publisher = Publisher(
            connection, services.bus, load_facts=Products.facts, min_claim_tier="prefix_matched"
        )
        small = await load(services, publisher, 952, SMALL)
        large = await load(services, publisher, 953, LARGE)
        await pool.execute("VACUUM ANALYZE")
        yield Bench(runner, small, large)
        await connection.close()


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with (
        open_folder() as folder,
        Postgres(folder) as postgres,
        Valkey(folder) as valkey,
        asyncio.Runner() as runner,
    ):
        opened = open_bench(postgres.url, valkey.url, runner)
        yield runner.run(opened.__aenter__())
        runner.run(opened.__aexit__(None, None, None))


@pytest.mark.parametrize("scope", ["product", "organization"])
def test_an_edit_costs_the_same_whatever_the_catalogue(
    bench: Bench, benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str], scope: str
) -> None:
    small, large = bench.small[scope], bench.large[scope]
    benchmark.pedantic(
        lambda: bench.runner.run(large.make()),
        setup=lambda: bench.runner.run(small.make()),
        rounds=ROUNDS,
        warmup_rounds=5,
    )
    ratios = [
        median(ours) / median(theirs)
        for ours, theirs in ((large.written_s, small.written_s), (large.published_s, small.published_s))
    ]
    with capsys.disabled():
        print(f"\na rule of one {scope}\n{small.report(SMALL)}\n{large.report(LARGE)}")
        print("   the ratio: written in {:.2f}, published in {:.2f}".format(*ratios))
    assert max(ratios) < MOST_TIMES_AS_LONG
