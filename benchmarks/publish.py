"""What it takes to compile and publish a whole catalogue, as the worker does it: `make bench-publish`.

A database and a bus are started, the catalogue is put there in bulk, and a publisher takes it from the
outbox. The figure is the processor time of this process: that of PostgreSQL comes on top, beside it. Then a
base is built, as the worker has it built, and single edits are published before and meanwhile.
"""

import argparse
import asyncio
import resource
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from redis.asyncio import Redis

from admin_api.cli.worker import run_apart
from admin_api.embedded import Postgres, Valkey
from admin_api.logs import configure_logs
from benchmarks.stored_catalogue import RULES_OF_A_PRODUCT, fill_outbox, gtin_of, store_catalogue
from product_platform.digital_link import Publisher
from product_platform.kit.db import Connection, connect
from product_platform.kit.garbage import collect_rarely
from product_platform.kit.migrations import migrate
from product_platform.kit.outbox import record_changes
from product_platform.products import Products

TARGET_US = 40
"""Of one rule: 120 seconds for three million."""
EDITS = 500


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
    """Store a catalogue, publish it, build a base of it, and print what that took."""
    collect_rarely()
    await migrate(database_url)
    connection, editor = await connect(database_url), await connect(database_url)
    began = time.perf_counter()
    await store_catalogue(connection, products)
    keys = await fill_outbox(connection, products)
    print(f"{products:,} products, {keys:,} keys: stored in {time.perf_counter() - began:.0f} s")
    async with Redis.from_url(bus_url) as bus:
        publisher = Publisher(connection, bus, load_facts=Products.facts, min_claim_tier="prefix_matched")
        await measure_publication(publisher, products * RULES_OF_A_PRODUCT)
        assert await connection.fetchval("SELECT count(*) FROM slices WHERE bytes IS NOT NULL") == keys
        await connection.execute("VACUUM (ANALYZE) outbox, slices")
        counts = iter(range(EDITS))
        await measure_edits("alone", editor, publisher, lambda: next(counts, None) is None)
        began = time.perf_counter()
        build = asyncio.create_task(run_apart("base", database_url))
        await measure_edits("while a base is built", editor, publisher, build.done)
        await build
    await report_base(connection, time.perf_counter() - began)
    await connection.close()
    await editor.close()


async def measure_publication(publisher: Publisher, rules: int) -> None:
    """Publish all that waits, and print what each rule took."""
    wall, processor = time.perf_counter(), time.process_time()
    while await publisher.publish_once() is not None:
        pass
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    each_us = processor / rules * 1e6
    verdict = "met" if each_us <= TARGET_US else "short"
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{rules:,} rules published in {wall:.1f} s; processor time of the publisher: {processor:.1f} s")
    print(f"{each_us:.1f} µs a rule (target {TARGET_US} µs: {verdict}), peak memory {peak_mb:.0f} MB")


async def measure_edits(
    when: str, editor: Connection, publisher: Publisher, is_over: Callable[[], bool]
) -> None:
    """Rename products and print how long after its commit each was published."""
    delays_ms: list[float] = []
    while not is_over():
        gtin = gtin_of(len(delays_ms))
        async with editor.transaction():
            await editor.execute("UPDATE products SET product_name = $2 WHERE gtin = $1", gtin, when)
            await record_changes(editor, [f"01/{gtin}"], None)
        committed = time.perf_counter()
        await publisher.publish_once()
        delays_ms.append((time.perf_counter() - committed) * 1e3)
    cuts = quantiles(delays_ms, n=100)
    print(f"{len(delays_ms)} edits {when}: {cuts[49]:.1f} ms to be published (p50), {cuts[98]:.1f} ms (p99)")


async def report_base(connection: Connection, took_s: float) -> None:
    """Print what the newest base holds and took."""
    base = await connection.fetchrow("SELECT * FROM bases WHERE offered_at IS NOT NULL")
    if base is None:
        print("no base: the catalogue is too small to need one")
        return
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"base of {base['slices']:,} slices, {base['size_bytes'] / 1e6:.0f} MB: built in {took_s:.1f} s; "
        f"peak memory of the builder {children.ru_maxrss / 1024:.0f} MB"
    )


if __name__ == "__main__":
    main()
