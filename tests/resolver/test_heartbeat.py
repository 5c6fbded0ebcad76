"""A worker says that it lives and what it serves, and nothing happens to it when nobody hears."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from redis.asyncio import Redis

from resolver.heartbeat import Heartbeat
from resolver.holder import Holder
from rules_compiler.dict_table import DictTable
from rules_compiler.heartbeat import LIVE_MS, WORKERS, served_key
from tests.factories import NOON

pytestmark = pytest.mark.servers


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(valkey_url) as redis:
        await redis.delete(WORKERS)
        yield redis


@asynccontextmanager
async def beating(heartbeat: Heartbeat) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(heartbeat.run())
    yield task
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def wait_until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await condition():  # noqa: ASYNC110 - what happens on a server is no event of ours
            await asyncio.sleep(0.01)


class TestRun:
    async def test_it_tells_each_table_that_is_served(self, redis: Redis) -> None:
        holder = Holder(lambda: NOON)
        heartbeat = Heartbeat(redis, holder)
        holder.replace(DictTable(3, {}))
        async with beating(heartbeat):
            for number in (b"3", b"4", b"9"):

                async def is_told(number: bytes = number) -> bool:
                    return bool(await redis.get(served_key(heartbeat.name)) == number)

                holder.replace(DictTable(int(number), {}))
                await wait_until(is_told)
            assert await redis.zrange(WORKERS, 0, -1) == [heartbeat.name.encode()]
            assert 0 < await redis.pttl(served_key(heartbeat.name)) <= LIVE_MS

    async def test_who_stops_is_gone_at_once(self, redis: Redis) -> None:
        holder = Holder(lambda: NOON)
        heartbeat = Heartbeat(redis, holder)
        holder.replace(DictTable(1, {}))

        async def is_heard() -> bool:
            return bool(await redis.exists(served_key(heartbeat.name)))

        async with beating(heartbeat):
            await wait_until(is_heard)
        assert not await is_heard()

    async def test_a_bus_that_is_away_stops_nothing(self) -> None:
        holder = Holder(lambda: NOON)
        holder.replace(DictTable(1, {}))
        nobody = Redis.from_url("unix:///nowhere/valkey.sock")
        async with beating(Heartbeat(nobody, holder)) as task:
            for _ in range(3):
                holder.changed.set()
                await asyncio.sleep(0)
            assert not task.done()
