"""What runs in the worker process and its children: publish changes, count scans, watch targets."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from redis.asyncio import Redis

from product_platform.digital_link.ports import UrlCheck
from product_platform.digital_link.repository import publication
from product_platform.digital_link.service.base_builder import is_due
from product_platform.digital_link.service.prober import Prober
from product_platform.digital_link.service.publisher import Publisher
from product_platform.digital_link.service.scans import Scans
from product_platform.digital_link.service.verification import Verification, read_thresholds
from product_platform.kit.clock import SystemClock
from product_platform.kit.db import Database, connect
from product_platform.kit.loops import Loop, run_until, wait
from product_platform.kit.outbox import OUTBOX_CHANNEL
from product_platform.kit.settings import PlatformSettings
from product_platform.products import Products
from rules_compiler.announcement import CHANNEL, Announcement, to_bytes

BuildBase = Callable[[], Awaitable[None]]
"""Builds a base if one is due. It must not keep this process from publishing."""

_POLL_S: Final = 0.5
_HEARTBEAT_S: Final = 0.5
_SCAN_WAIT_MS: Final = 1_000
_RECLAIM_EVERY_S: Final = 30.0
_HOUSEKEEPING_S: Final = 600.0
_WATCH_S: Final = 5.0
# A catalogue that grows fast is written whole once a minute at most.
_BASE_LOOK_S: Final = 60.0
_DONE_KEPT: Final = timedelta(hours=1)
_BUS_TIMEOUT_S: Final = 5.0


async def run_worker(
    settings: PlatformSettings,
    stop: asyncio.Event,
    *,
    url_check: UrlCheck,
    build_base: BuildBase,
    run_scans: Loop,
    run_jobs: Loop,
) -> None:
    """Work until *stop* is set, looking at targets through *url_check*, having bases built by *build_base*.

    Scans are counted by *run_scans*, and jobs done by *run_jobs*, elsewhere: there may be so many that a
    change would wait for them.
    Postgres and Redis may be away, at the start or later.
    """
    bus = _open_bus(settings)
    loops: dict[str, Loop] = {
        "publisher": lambda: _publish(settings, bus),
        "heartbeat": lambda: _announce_head(settings, bus),
        "scans": run_scans,
        "jobs": run_jobs,
        "housekeeping": lambda: _keep_house(settings, bus),
        "prober": lambda: _watch_targets(settings, url_check),
        "bases": lambda: _build_bases(settings, build_base),
    }
    await _run_all(loops, bus, stop)


async def count_scans(settings: PlatformSettings, stop: asyncio.Event) -> None:
    """Count scans until *stop* is set; Postgres and Redis may be away, at the start or later."""
    bus = _open_bus(settings)
    await _run_all({"scans": lambda: _count_scans(settings, bus)}, bus, stop)


def _open_bus(settings: PlatformSettings) -> Redis:
    return Redis.from_url(
        settings.redis_url, socket_timeout=_BUS_TIMEOUT_S, socket_connect_timeout=_BUS_TIMEOUT_S
    )


async def _run_all(loops: Mapping[str, Loop], bus: Redis, stop: asyncio.Event) -> None:
    try:
        await run_until(stop, loops)
    finally:
        await bus.aclose()


async def _publish(settings: PlatformSettings, bus: Redis) -> None:
    wake = asyncio.Event()

    def on_notify(*_: Any) -> None:
        wake.set()

    connection = await connect(settings.database_url)
    try:
        publisher = Publisher(
            connection, bus, load_facts=Products.facts, min_claim_tier=settings.edge_min_claim_tier
        )
        await publisher.lock()
        await connection.add_listener(OUTBOX_CHANNEL, on_notify)
        while True:
            wake.clear()
            while await publisher.publish_once() is not None:
                pass
            await wait(wake, _POLL_S)
    finally:
        connection.terminate()


async def _announce_head(settings: PlatformSettings, bus: Redis) -> None:
    connection = await connect(settings.database_url)
    try:
        while True:
            head = await publication.read_head(connection)
            lineage = await publication.find_lineage(connection, head)
            await bus.publish(CHANNEL, to_bytes(Announcement(head, lineage=lineage)))
            await asyncio.sleep(_HEARTBEAT_S)
    finally:
        connection.terminate()


async def _count_scans(settings: PlatformSettings, bus: Redis) -> None:
    database = await Database.open(settings.database_url, max_connections=2)
    try:
        clock = SystemClock()
        verification = Verification(clock, read_thresholds(settings))
        # The next process of the same parent goes on with what this one has taken, however it ends.
        name = f"{socket.gethostname()}-{os.getppid()}"
        scans = Scans(database, bus, clock, name=name, notice=verification.notice)
        await scans.join()
        await scans.resume()
        loop = asyncio.get_running_loop()
        reclaim_at = loop.time()
        while True:
            await scans.consume(wait_ms=_SCAN_WAIT_MS)
            if loop.time() >= reclaim_at:
                while await scans.reclaim():
                    pass
                reclaim_at = loop.time() + _RECLAIM_EVERY_S
    finally:
        await database.close()


async def _keep_house(settings: PlatformSettings, bus: Redis) -> None:
    database = await Database.open(settings.database_url, max_connections=1)
    try:
        scans = Scans(database, bus, SystemClock(), name="housekeeping")
        verification = Verification(SystemClock(), read_thresholds(settings))
        while True:
            await scans.make_partitions()
            await scans.drop_old()
            async with database.transaction() as connection:
                await publication.prune_done(connection, _DONE_KEPT)
            async with database.transaction() as connection:
                await verification.review(connection)
            await asyncio.sleep(_HOUSEKEEPING_S)
    finally:
        await database.close()


async def _watch_targets(settings: PlatformSettings, url_check: UrlCheck) -> None:
    database = await Database.open(settings.database_url, max_connections=2)
    try:
        prober = Prober(database, SystemClock(), url_check)
        while True:
            while await prober.check_due():
                pass
            await asyncio.sleep(_WATCH_S)
    finally:
        await database.close()


async def _build_bases(settings: PlatformSettings, build_base: BuildBase) -> None:
    connection = await connect(settings.database_url)
    try:
        while True:
            # Before, not after: a builder that fails is not started again at once.
            await asyncio.sleep(_BASE_LOOK_S)
            if await is_due(connection):
                await build_base()
    finally:
        connection.terminate()
