"""Rate limits: fixed windows, counted in one place for all processes, and what callers are told of them.

While Redis cannot be reached each process counts alone, so that requests go on being served.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from product_platform.kit.answers import answer_error
from product_platform.kit.clock import Clock
from product_platform.kit.errors import RateLimitedError
from product_platform.kit.permissions import Principal
from product_platform.kit.quotas import Quotas

_MINUTE_S: Final = 60
_DAY_S: Final = 86_400

# Of a refused request nothing is counted, in no window.
_TAKE: Final = """
local used, is_admitted = {}, 1
for i, key in ipairs(KEYS) do
    used[i] = tonumber(redis.call('GET', key) or '0')
    if used[i] >= tonumber(ARGV[2 * i - 1]) then is_admitted = 0 end
end
if is_admitted == 1 then
    for i, key in ipairs(KEYS) do
        used[i] = redis.call('INCR', key)
        if used[i] == 1 then redis.call('EXPIRE', key, ARGV[2 * i]) end
    end
end
return {is_admitted, unpack(used)}
"""

# A Redis that hangs must not hang the API, nor be asked again for each request meanwhile.
_PATIENCE_S: Final = 0.25
_PAUSE_S: Final = 1.0


class Window(NamedTuple):
    """A number of requests that are allowed in a span of time; spans start at multiples of their length."""

    quota: int
    length_s: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands in the window with the fewest requests left, this one already counted."""

    is_admitted: bool
    quota: int
    remaining: int
    resets_at: int
    reset_s: int

    def require(self) -> None:
        """Raise RateLimitedError unless the request is admitted."""
        if not self.is_admitted:
            raise RateLimitedError(self.reset_s)

    def to_headers(self, windows: Sequence[Window]) -> dict[str, str]:
        """Return the headers that tell of it, all of one and the same window but the policy."""
        limit, remaining = str(self.quota), str(self.remaining)
        return {
            "ratelimit-policy": ", ".join(f"{window.quota};w={window.length_s}" for window in windows),
            "ratelimit-limit": limit,
            "ratelimit-remaining": remaining,
            "ratelimit-reset": str(self.reset_s),
            "x-ratelimit-limit": limit,
            "x-ratelimit-remaining": remaining,
            "x-ratelimit-reset": str(self.resets_at),
        }


def to_windows(quotas: Quotas) -> tuple[Window, ...]:
    """Return the windows of a credential, the shorter first."""
    return Window(quotas.per_minute, _MINUTE_S), Window(quotas.per_day, _DAY_S)


class RateLimiter:
    """Counts requests by subject (a credential, or an address at one endpoint), over all processes."""

    def __init__(self, bus: Redis, clock: Clock) -> None:
        self._take_shared = bus.register_script(_TAKE)
        self._clock = clock
        self._own = _OwnCounters()
        self._asks_again_at = 0.0

    async def take(self, subject: str, windows: Sequence[Window]) -> Standing:
        """Count one request of *subject* in all *windows*, or refuse it and count it in none."""
        now = self._clock.now().timestamp()
        starts = [int(now) // window.length_s * window.length_s for window in windows]
        keys = [
            f"rate:{{{subject}}}:{window.length_s}:{start}"
            for window, start in zip(windows, starts, strict=True)
        ]
        is_admitted, used = await self._count(keys, windows)
        left = [max(window.quota - used_, 0) for window, used_ in zip(windows, used, strict=True)]
        # Of equal ones the longer window counts, for it holds for longer.
        at = min(range(len(windows)), key=lambda each: (left[each], -windows[each].length_s))
        resets_at = starts[at] + windows[at].length_s
        return Standing(is_admitted, windows[at].quota, left[at], resets_at, max(1, ceil(resets_at - now)))

    async def _count(self, keys: list[str], windows: Sequence[Window]) -> tuple[bool, list[int]]:
        loop_time = asyncio.get_running_loop().time()
        if loop_time >= self._asks_again_at:
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    args = [number for window in windows for number in window]
                    is_admitted, *used = await self._take_shared(keys, args)
            except (OSError, RedisError):  # a time-out is an OSError
                self._asks_again_at = loop_time + _PAUSE_S
            else:
                return bool(is_admitted), used
        return self._own.count(keys, [window.quota for window in windows])


class RateLimitMiddleware:
    """Count each request of a known caller, refuse too many, and let every answer tell how many are left."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        principal: Principal | None = scope.get("principal")
        if principal is None:
            await self._app(scope, receive, send)
            return
        limiter: RateLimiter = scope["app"].state.rate_limiter
        windows = to_windows(principal.quotas)
        standing = await limiter.take(str(principal.credential_id), windows)
        told = [(name.encode(), value.encode()) for name, value in standing.to_headers(windows).items()]

        async def send_told(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *told]}
            await send(message)

        if standing.is_admitted:
            await self._app(scope, receive, send_told)
        else:
            await answer_error(scope, RateLimitedError(standing.reset_s))(scope, receive, send_told)


class _OwnCounters:
    """The counters of this process alone."""

    _MOST = 100_000

    def __init__(self) -> None:
        self._used: dict[str, int] = {}

    def count(self, keys: Sequence[str], quotas: Sequence[int]) -> tuple[bool, list[int]]:
        used = [self._used.get(key, 0) for key in keys]
        if any(count >= quota for count, quota in zip(used, quotas, strict=True)):
            return False, used
        if len(self._used) > self._MOST:
            self._used.clear()
        used = [count + 1 for count in used]
        self._used.update(zip(keys, used, strict=True))
        return True, used
