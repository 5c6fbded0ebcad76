"""The worker as a whole, beside servers that come and go."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from redis.asyncio.client import PubSub

from product_platform.digital_link import count_scans, run_worker, tasks
from product_platform.digital_link.service import base_builder
from product_platform.digital_link.tasks import BuildBase
from product_platform.kit.clock import SystemClock
from product_platform.kit.services import Services
from product_platform.kit.settings import PlatformSettings
from rules_compiler.announcement import CHANNEL, Announcement, from_bytes
from rules_compiler.model import SliceKey
from rules_compiler.scan import FIELD, STREAM, Scan, pack_scans
from tests.product_platform.catalogue import make_organization
from tests.product_platform.digital_link.conftest import GTIN, announce_changes, make_product
from tests.product_platform.digital_link.url_checks import Checks

pytestmark = pytest.mark.servers

ITEM: SliceKey = f"01/{GTIN}"
DEADLINE_S = 20


@pytest.fixture
async def channel(services: Services) -> AsyncIterator[PubSub]:
    async with services.bus.pubsub() as channel:
        await channel.subscribe(CHANNEL)
        yield channel


@pytest.fixture
async def worker(services: Services, channel: PubSub) -> AsyncIterator[asyncio.Event]:
    await services.bus.delete(STREAM)
    stop = asyncio.Event()
    loops = (work(services.settings, stop), count_scans(services.settings, stop))
    tasks = [asyncio.create_task(loop) for loop in loops]
    yield stop
    stop.set()
    await asyncio.gather(*tasks)


async def build_nothing() -> None: ...


async def do_nothing() -> None:
    await asyncio.Event().wait()


async def work(
    settings: PlatformSettings, stop: asyncio.Event, build_base: BuildBase = build_nothing
) -> None:
    await run_worker(
        settings, stop, url_check=Checks(), build_base=build_base, run_scans=do_nothing, run_jobs=do_nothing
    )


async def hear(channel: PubSub, is_wanted: Callable[[Announcement], bool]) -> Announcement:
    async with asyncio.timeout(DEADLINE_S):
        async for message in channel.listen():
            if message["type"] == "message" and is_wanted(announcement := from_bytes(message["data"])):
                return announcement
    raise AssertionError("the channel was closed")


async def poll(is_true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not await is_true():
            pass


class TestRunWorker:
    @pytest.mark.usefixtures("worker")
    async def test_publishes_what_changes(self, services: Services, channel: PubSub) -> None:
        await make_product(services.database, GTIN, None)
        await announce_changes(services.database, None, ITEM)
        announcement = await hear(channel, lambda heard: bool(heard.slices))
        assert announcement.seq == 1
        assert set(announcement.slices or {}) == {ITEM}

    @pytest.fixture
    async def old_scans(self, services: Services) -> None:
        await services.database.pool.execute(
            "CREATE TABLE scan_events_20200101 PARTITION OF scan_events"
            " FOR VALUES FROM ('2020-01-01') TO ('2020-01-02')"
        )

    @pytest.mark.usefixtures("old_scans", "worker")
    async def test_drops_old_scans(self, services: Services) -> None:
        async def is_gone() -> bool:
            return await services.database.pool.fetchval("SELECT to_regclass('scan_events_20200101')") is None

        await poll(is_gone)

    @pytest.mark.usefixtures("worker")
    async def test_broadcasts_the_head(self, channel: PubSub) -> None:
        assert await hear(channel, lambda heard: heard.slices is None) == Announcement(0, None)

    @pytest.mark.usefixtures("worker")
    async def test_counts_scans(self, services: Services) -> None:
        now = SystemClock().now().timestamp()
        scan = Scan(os.urandom(16), now, ITEM, None, None, None, "HOSTED", None, "mobile", False)
        await services.bus.xadd(STREAM, {FIELD: pack_scans([scan])})

        async def is_counted() -> bool:
            return await services.database.pool.fetchval("SELECT sum(scans) FROM scan_counts") == 1

        await poll(is_counted)

    @pytest.mark.usefixtures("worker")
    async def test_watches_targets(self, services: Services) -> None:
        organization = await make_organization(services.database)
        await services.database.pool.execute(
            "INSERT INTO custom_urls (organization_id, url) VALUES ($1, 'https://a.test/')", organization
        )

        async def is_healthy() -> bool:
            return await services.database.pool.fetchval("SELECT status FROM custom_urls") == "HEALTHY"

        await poll(is_healthy)

    @pytest.mark.usefixtures("worker")
    async def test_goes_on_after_it_lost_the_database(self, services: Services, channel: PubSub) -> None:
        await hear(channel, lambda heard: heard.slices is None)
        await make_product(services.database, GTIN, None)
        await services.database.pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await announce_changes(services.database, None, ITEM)
        assert (await hear(channel, lambda heard: bool(heard.slices))).seq == 1

    async def test_has_a_base_built_once_it_is_due(
        self, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tasks, "_BASE_LOOK_S", 0.01)
        monkeypatch.setattr(base_builder, "_ALWAYS_READ", 1)
        stop = asyncio.Event()

        async def build() -> None:
            stop.set()

        await services.database.pool.execute("INSERT INTO slices (key, seq) VALUES ('a', 1), ('b', 1)")
        async with asyncio.timeout(DEADLINE_S):
            await work(services.settings, stop, build)

    async def test_stops_when_it_is_told(self, services: Services) -> None:
        stop = asyncio.Event()
        stop.set()
        async with asyncio.timeout(DEADLINE_S):
            await work(services.settings, stop)

    async def test_stops_while_nothing_answers(self, services: Services) -> None:
        nowhere = services.settings.model_copy(
            update={"database_url": "postgresql://127.0.0.1:1/x", "redis_url": "redis://127.0.0.1:1"}
        )
        stop = asyncio.Event()
        task = asyncio.create_task(work(nowhere, stop))
        await asyncio.wait([task], timeout=0.3)
        stop.set()
        async with asyncio.timeout(DEADLINE_S):
            await task
