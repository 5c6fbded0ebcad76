"""Say on the bus, once a second and after each change, which change set this worker serves."""

import asyncio
import os
import socket
import time
from contextlib import suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from resolver.holder import Holder
from rules_compiler.heartbeat import FORGOTTEN_SECONDS, LIVE_MS, WORKERS, served_key

_BEAT_SECONDS = 1.0


class Heartbeat:
    """Runs beside the requests of one worker. Without a bus nobody hears it, and nothing else happens."""

    def __init__(self, redis: Redis | None, holder: Holder) -> None:
        self._redis = redis
        self._holder = holder
        self.name = f"{socket.gethostname()}/{os.getpid()}"

    async def run(self) -> None:
        """Beat until cancelled, and then say that this worker is gone."""
        if self._redis is None:
            return
        try:
            while True:
                self._holder.changed.clear()
                with suppress(RedisError, OSError):
                    await self._beat(self._redis)
                with suppress(TimeoutError):
                    async with asyncio.timeout(_BEAT_SECONDS):
                        await self._holder.changed.wait()
        finally:
            with suppress(RedisError, OSError):
                await self._redis.delete(served_key(self.name))

    async def _beat(self, redis: Redis) -> None:
        if not self._holder.is_loaded:
            return
        now = time.time()
        async with redis.pipeline() as beat:
            beat.set(served_key(self.name), self._holder.number, px=LIVE_MS)
            beat.zadd(WORKERS, {self.name: now})
            beat.zremrangebyscore(WORKERS, "-inf", now - FORGOTTEN_SECONDS)
            await beat.execute()
