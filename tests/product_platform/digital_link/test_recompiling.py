"""Everything is compiled anew: all that is published, at the pace of the publisher."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from product_platform.digital_link.service import recompiling
from product_platform.digital_link.service.publisher import Publisher
from product_platform.digital_link.service.recompiling import recompile
from product_platform.kit.db import Database
from rules_compiler.model import Catalogue, SliceKey
from tests.product_platform.digital_link.conftest import GTIN, make_product, make_publisher, read_slices

pytestmark = pytest.mark.servers

KEYS = [f"01/{GTIN}", "01/1", "01/2", "01/3", "01/4"]
Run = Callable[..., Awaitable[int]]


@pytest.fixture(autouse=True)
async def slices(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Publish five slices, one of them of a product, and a tombstone; let two slices be a portion."""
    monkeypatch.setattr(recompiling, "_AT_ONCE", 2)
    await make_product(database, GTIN, None, "Oat drink")
    await database.pool.executemany(
        "INSERT INTO slices (key, seq, bytes) VALUES ($1, 1, 'old')", [(key,) for key in reversed(KEYS)]
    )
    await database.pool.execute("INSERT INTO slices (key, seq) VALUES ('01/21', 1)")
    await database.pool.execute("UPDATE publish_head SET seq = 1")


@pytest.fixture
def run(database: Database, publisher: Publisher) -> Run:
    """Recompile with a publisher that works in the pauses."""

    async def run(**options: Any) -> int:
        defaults = {"pause": publisher.publish_once, "on_progress": lambda *_: None}
        return await recompile(database, **(defaults | options))

    return run


async def read_sets(database: Database) -> list[list[SliceKey]]:
    rows = await database.pool.fetch(
        "SELECT array_agg(slice_key ORDER BY id) AS keys FROM outbox WHERE done_at IS NOT NULL"
        " GROUP BY xact ORDER BY min(id)"
    )
    return [row["keys"] for row in rows]


class TestRecompile:
    async def test_every_slice_in_the_order_of_the_keys(self, database: Database, run: Run) -> None:
        assert await run() == len(KEYS)
        assert await read_sets(database) == [KEYS[:2], KEYS[2:4], KEYS[4:]]

    async def test_it_is_published_as_it_is_said_now(self, database: Database, run: Run) -> None:
        await run()
        slices = await read_slices(database)
        assert slices[f"01/{GTIN}"] == (2, b"Oat drink")
        assert slices["01/4"] == (4, None)

    async def test_no_more_waits_than_one_portion(
        self, database: Database, publisher: Publisher, run: Run
    ) -> None:
        waiting: list[int] = []

        async def publish() -> None:
            waiting.append(await database.pool.fetchval("SELECT count(*) FROM outbox WHERE done_at IS NULL"))
            await publisher.publish_once()

        await run(pause=publish)
        assert waiting == [2, 2, 1]

    async def test_it_tells_how_far_it_is_and_goes_on_there(self, database: Database, run: Run) -> None:
        told: list[tuple[int, SliceKey]] = []

        def stop(*progress: Any) -> None:
            told.append(progress)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            await run(on_progress=stop)
        assert told == [(2, "01/1")]
        assert await run(after="01/1") == 3
        assert await read_sets(database) == [KEYS[:2], KEYS[2:4], KEYS[4:]]

    async def test_a_slice_that_does_not_compile_holds_back_no_other(
        self, database: Database, connection: Any, services: Any
    ) -> None:
        def crash_on_one(_catalogue: Catalogue, key: SliceKey) -> bytes | None:
            return b"new" if key != "01/1" else b""[0]  # type: ignore[return-value]

        publisher = make_publisher(connection, services, compile_one=crash_on_one)
        await recompile(database, pause=publisher.publish_once, on_progress=lambda *_: None)
        slices = await read_slices(database)
        assert {key for key in KEYS if slices[key][1] == b"new"} == set(KEYS) - {"01/1"}
