"""How long a search of the whole catalogue takes: `make bench-search`.

A database is started and filled with products that have names of invented words, then
`GET /products/api/v1/trade-items?q=` is asked for words, parts of words, brands, whole names, what many
products have and what none has, in a random order that is the same every time. The time is that of the
application with PostgreSQL, without a network.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import httpx2
from starlette.types import Receive, Scope, Send

from admin_api.embedded import Postgres
from admin_api.logs import configure_logs
from admin_api.wiring import open_services
from benchmarks.stored_catalogue import PRODUCTS_OF_A_BRAND, gtin_of
from product_platform.kit.db import Connection, connect
from product_platform.kit.http import create_domain_app
from product_platform.kit.migrations import migrate
from product_platform.kit.permissions import Principal
from product_platform.kit.services import Services
from product_platform.kit.settings import PlatformSettings
from product_platform.products import router

TARGET_MS = 50
"""Of 95 searches in 100, at a million products."""

_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aeiou"
_KINDS = ("oat drink", "milk", "bread", "pasta", "chocolate", "juice", "yoghurt", "cheese", "cereal", "soap")
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_INDEXES = """
    SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
    FROM pg_index WHERE indrelid = 'products'::regclass AND NOT indisunique
"""


def main() -> None:
    """Measure once, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=1_000_000, help="how many there are")
    parser.add_argument("--searches", type=int, default=400, help="how many are timed")
    options = parser.parse_args()
    configure_logs()
    with TemporaryDirectory(prefix="signpost-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the server may have a user of its own
        with Postgres(folder) as postgres:
            asyncio.run(measure(postgres.url, options.products, options.searches))


async def measure(url: str, products: int, searches: int) -> None:
    """Store the catalogue, search it, and print how long that took."""
    await migrate(url)
    began = time.perf_counter()
    connection = await connect(url)
    names, brands = await store(connection, products)
    await connection.close()
    print(f"{products:,} products stored in {time.perf_counter() - began:.0f} s")
    kinds = make_searches(names, brands)
    wanted = [kind for kind in kinds for _ in range(searches // len(kinds))]
    random.Random(2).shuffle(wanted)
    settings = PlatformSettings(database_url=url)
    async with open_services(settings) as services, make_client(services) as client:
        for kind in kinds:  # the pages of the indexes come into memory
            await search(client, kinds[kind][0])
        taken_ms: dict[str, list[float]] = {kind: [] for kind in kinds}
        for number, kind in enumerate(wanted):
            taken_ms[kind].append(await search(client, kinds[kind][number % len(kinds[kind])]))
    report(taken_ms)


def make_words() -> list[str]:
    """Return 3,000 words, always the same."""
    chance = random.Random(1)
    syllables = [consonant + vowel for consonant in _CONSONANTS for vowel in _VOWELS]
    return ["".join(chance.choices(syllables, k=chance.choice([2, 3, 4]))) for _ in range(3_000)]


async def store(connection: Connection, products: int) -> tuple[list[str], list[str]]:
    """Put products into an empty database; return the names of some of them, and those of the brands."""
    words, chance = make_words(), random.Random(3)
    brands = [
        f"{words[n].title()} {words[-n - 1].title()}" for n in range(max(2, products // PRODUCTS_OF_A_BRAND))
    ]
    owner = await connection.fetchval(
        "INSERT INTO organizations (name, country) VALUES ('Owner', 'SE') RETURNING id"
    )
    rows = await connection.fetch(
        """
        INSERT INTO brands (name, name_key, organization_id)
        SELECT name || ' ' || number, lower(name || ' ' || number), CASE WHEN number % 2 = 0 THEN $2::uuid END
        FROM unnest($1::text[]) WITH ORDINALITY AS given (name, number) RETURNING id
        """,
        brands,
        owner,
    )
    brand_ids, some = [row["id"] for row in rows], list[str]()

    def records() -> Iterator[tuple[str, str, UUID, datetime]]:
        for number in range(products):
            kind, grams = chance.choice(_KINDS), 50 * chance.randint(1, 20)
            name = f"{chance.choice(words).title()} {chance.choice(words)} {kind} {grams} g"
            if number % (products // 100 or 1) == 0:
                some.append(name)
            yield gtin_of(number), name, chance.choice(brand_ids), _BEGAN + timedelta(seconds=number)

    indexes = await connection.fetch(_INDEXES)
    await connection.execute("SET session_replication_role = replica")
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['name']}")
    columns = ("gtin", "product_name", "brand_id", "created")
    await connection.copy_records_to_table("products", records=records(), columns=columns)
    for index in indexes:
        await connection.execute(index["definition"])
    await connection.execute("VACUUM (ANALYZE) products, brands")
    return some, brands


def make_searches(names: list[str], brands: list[str]) -> dict[str, list[str]]:
    """Return what is searched, by kind."""
    return {
        "a word": [name.split()[0] for name in names],
        "a part of a word": [name.split()[1][:4] for name in names],
        "two words": [" ".join(name.split()[:2]) for name in names],
        "a whole name": names,
        "a brand": brands[:100],
        "what a tenth has": list(_KINDS),
        "two letters": [name[:2] for name in names],
        "what none has": [f"{name.split()[0]}qx" for name in names],
    }


def make_client(services: Services) -> httpx2.AsyncClient:
    """Return a client of the API of products in this process."""
    app = create_domain_app("Products", router)
    app.state.services = services
    principal = Principal(user_id=UUID(int=1))

    async def authenticated(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "principal": principal}, receive, send)

    transport = httpx2.ASGITransport(app=authenticated)
    return httpx2.AsyncClient(transport=transport, base_url="http://bench")


async def search(client: httpx2.AsyncClient, q: str) -> float:
    """Search once, and return the milliseconds that took."""
    began = time.perf_counter()
    answer = await client.get("/trade-items", params={"q": q})
    taken_ms = (time.perf_counter() - began) * 1e3
    body: dict[str, Any] = answer.json()
    assert answer.status_code == 200, body
    found = [f"{row['product_name']} {row['brand']}".lower() for row in body["data"]]
    assert all(q.lower() in name for name in found), (q, found)
    return taken_ms


def report(taken_ms: dict[str, list[float]]) -> None:
    """Print a line for each kind of search, and one for all."""
    everything = [each for some in taken_ms.values() for each in some]
    for kind, some in {**taken_ms, "all": everything}.items():
        cuts = quantiles(some, n=100, method="inclusive")
        print(f"{kind:18} p50 {cuts[49]:6.1f} ms   p95 {cuts[94]:6.1f} ms   most {max(some):6.1f} ms")
    p95 = quantiles(everything, n=100, method="inclusive")[94]
    print(f"target p95 {TARGET_MS} ms: {'met' if p95 <= TARGET_MS else 'short'}")


if __name__ == "__main__":
    main()
