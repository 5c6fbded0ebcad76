"""How many requests one client may make in a window of time, counted for all workers together."""

from collections.abc import Callable
from hashlib import blake2b
from math import ceil
from typing import NamedTuple

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from rules_compiler.model import EpochSeconds

_MAX_CLIENTS = 50_000
_RETRY_REDIS_S = 1.0

# Counts one request and returns its number in the window. A refused one consumes nothing.
_TAKE = """
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
if used < tonumber(ARGV[1]) then
    redis.call('INCR', KEYS[1])
    redis.call('EXPIRE', KEYS[1], ARGV[2])
end
return used + 1
"""

_log = structlog.get_logger()


class Standing(NamedTuple):
    """Where a client stands in the window after this request; `resets_at` is the end of the window."""

    is_admitted: bool
    remaining: int
    resets_in_s: int
    resets_at: int


class Limiter:
    """Admits *limit* requests of each client in each window of *window_s* seconds.

    Redis counts for everybody. While it is away each of the host's *workers* admits its share,
    less what it has admitted in the window already. No address is stored, only a hash of it.
    """

    def __init__(
        self,
        redis: Redis | None,
        *,
        limit: int,
        window_s: int,
        workers: int,
        now: Callable[[], EpochSeconds],
    ) -> None:
        self.limit = limit
        self.window_s = window_s
        self._share = ceil(limit / workers)
        self._now = now
        self._take = redis.register_script(_TAKE) if redis is not None else None
        self._retry_at: EpochSeconds = 0.0
        self._window = 0
        self._admitted: dict[str, int] = {}

    async def admit(self, client: bytes) -> Standing:
        """Count a request of *client*, and say whether it may be answered."""
        now = self._now()
        window = int(now // self.window_s)
        resets_at = (window + 1) * self.window_s
        name = blake2b(client, digest_size=12).hexdigest()
        number = await self._count_shared(name, window, now)
        limit = self.limit
        if window > self._window:
            self._window, self._admitted = window, {}
        if number is None:
            limit, number = self._share, self._admitted.get(name, 0) + 1
        is_admitted = number <= limit
        if is_admitted:
            self._note(name)
        return Standing(is_admitted, max(0, limit - number), max(1, ceil(resets_at - now)), resets_at)

    async def _count_shared(self, name: str, window: int, now: EpochSeconds) -> int | None:
        """Return the number of this request in the window, or None when Redis does not answer."""
        if self._take is None or now < self._retry_at:
            return None
        key = f"signpost:verifications:{window}:{name}"
        try:
            number: int = await self._take(keys=[key], args=[self.limit, self.window_s])
        except (RedisError, OSError) as error:
            # One request waits for a dead Redis, not each of them.
            self._retry_at = now + _RETRY_REDIS_S
            _log.warning("limits are counted by each worker alone", error=type(error).__name__)
            return None
        return number

    def _note(self, name: str) -> None:
        if name not in self._admitted and len(self._admitted) >= _MAX_CLIENTS:
            del self._admitted[next(iter(self._admitted))]
        self._admitted[name] = self._admitted.get(name, 0) + 1
