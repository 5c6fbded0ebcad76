"""What it takes to compile and publish a whole catalogue, as the worker does it: `make bench-publish`.

A database and a bus are started, the catalogue is put there in bulk, and a publisher takes it from the
outbox. The figure is the processor time of this process: that of PostgreSQL comes on top, beside it.
"""

import argparse
import asyncio
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from redis.asyncio import Redis

from admin_api.embedded import Postgres, Valkey
from admin_api.logs import configure_logs
from benchmarks.stored_catalogue import RULES_OF_A_PRODUCT, fill_outbox, store_catalogue
from product_platform.digital_link import Publisher
from product_platform.kit.db import connect
from product_platform.kit.garbage import collect_rarely
from product_platform.kit.migrations import migrate
from product_platform.products import Products

TARGET_US = 40
"""Of one rule: 120 seconds for three million."""


def main() -> None:
    """Measure once, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=100_000, help="how many, of three rules each")
    options = parser.parse_args()
    configure_logs()
    with TemporaryDirectory(prefix="signpost-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the servers may have a user of their own
        with Postgres(folder) as postgres, Valkey(folder) as valkey:
            asyncio.run(measure(postgres.url, valkey.url, options.products))


async def measure(database_url: str, bus_url: str, products: int) -> None:
    """Store a catalogue, publish it, and print what that took."""
    collect_rarely()
    await migrate(database_url)
    connection = await connect(database_url)
    stored = time.perf_counter()
    await store_catalogue(connection, products)
    keys = await fill_outbox(connection, products)
    rules = products * RULES_OF_A_PRODUCT
    stored = time.perf_counter() - stored
    print(f"{products:,} products, {rules:,} rules, {keys:,} keys; stored in {stored:.0f} s")
    async with Redis.from_url(bus_url) as bus:
        publisher = Publisher(connection, bus, load_facts=Products.facts, min_claim_tier="prefix_matched")
        wall, processor = time.perf_counter(), time.process_time()
        while await publisher.publish_once() is not None:
            pass
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
    slices = await connection.fetchval("SELECT count(*) FROM slices WHERE bytes IS NOT NULL")
    assert slices == keys
    each_us = processor / rules * 1e6
    verdict = "met" if each_us <= TARGET_US else "short"
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"published in {wall:.1f} s; processor time of the publisher: {processor:.1f} s")
    print(f"{each_us:.1f} µs a rule (target {TARGET_US} µs: {verdict}), peak memory {peak_mb:.0f} MB")
    await connection.close()


if __name__ == "__main__":
    main()
