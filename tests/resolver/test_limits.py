"""A client's requests are counted by Redis for everybody, by each worker alone while it is away."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from resolver.limits import Limiter, Standing
from tests.factories import NOON

LIMIT, WINDOW_S = 5, 3600
NEVER = "unix:///nowhere/redis.sock"


class Time:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


def make_limiter(redis: Redis | None, time: Time, *, workers: int = 1) -> Limiter:
    return Limiter(redis, limit=LIMIT, window_s=WINDOW_S, workers=workers, now=time)


async def admitted(limiter: Limiter, client: bytes, times: int) -> int:
    return sum([(await limiter.admit(client)).is_admitted for _ in range(times)])


class TestAlone:
    async def test_the_limit_is_the_last_that_is_admitted(self, time: Time) -> None:
        assert await admitted(make_limiter(None, time), b"one", LIMIT + 3) == LIMIT

    async def test_clients_do_not_share(self, time: Time) -> None:
        limiter = make_limiter(None, time)
        await admitted(limiter, b"one", LIMIT)
        assert await admitted(limiter, b"other", LIMIT) == LIMIT

    async def test_each_worker_admits_its_share_rounded_up(self, time: Time) -> None:
        assert await admitted(make_limiter(None, time, workers=2), b"one", LIMIT) == 3

    async def test_the_next_window_begins_anew(self, time: Time) -> None:
        limiter = make_limiter(None, time)
        await admitted(limiter, b"one", LIMIT)
        time.now += WINDOW_S
        assert await admitted(limiter, b"one", LIMIT) == LIMIT

    async def test_the_standing_says_what_is_left_and_until_when(self, time: Time) -> None:
        time.now += 600.5
        end = int(NOON) + WINDOW_S
        assert await make_limiter(None, time).admit(b"one") == Standing(
            is_admitted=True, remaining=LIMIT - 1, resets_in_s=3000, resets_at=end
        )


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(valkey_url) as redis:
        await redis.flushdb()
        yield redis


@pytest.mark.servers
class TestTogether:
    async def test_workers_share_one_count(self, redis: Redis, time: Time) -> None:
        first, second = (make_limiter(redis, time, workers=2) for _ in range(2))
        assert await admitted(first, b"one", 3) == 3
        assert await admitted(second, b"one", LIMIT) == LIMIT - 3

    async def test_a_refused_request_consumes_nothing(self, redis: Redis, time: Time) -> None:
        limiter = make_limiter(redis, time)
        await admitted(limiter, b"one", LIMIT + 3)
        (key,) = await redis.keys("signpost:verifications:*")
        assert await redis.get(key) == b"%d" % LIMIT

    async def test_what_is_stored_ends_with_the_window_and_holds_no_address(
        self, redis: Redis, time: Time
    ) -> None:
        await make_limiter(redis, time).admit(b"\xc0\x00\x02\x01")
        (key,) = await redis.keys("signpost:verifications:*")
        assert b"\xc0\x00\x02\x01" not in key
        assert 0 < await redis.ttl(key) <= WINDOW_S

    async def test_a_worker_that_loses_redis_counts_what_it_admitted_before(
        self, redis: Redis, time: Time, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        limiter = make_limiter(redis, time, workers=2)
        await admitted(limiter, b"one", 2)

        async def fail(**_: object) -> None:
            raise RedisConnectionError

        monkeypatch.setattr(limiter, "_take", fail)
        assert await admitted(limiter, b"one", LIMIT) == 1


class TestRedisAway:
    async def test_redis_is_asked_again_after_a_second_not_by_each_request(
        self, time: Time, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        limiter = make_limiter(Redis.from_url(NEVER), time)
        asked = []

        async def fail(**_: object) -> None:
            asked.append(time.now)
            raise RedisConnectionError

        monkeypatch.setattr(limiter, "_take", fail)
        await admitted(limiter, b"one", 3)
        time.now += 1.0
        await admitted(limiter, b"one", 3)
        assert asked == [NOON, NOON + 1.0]
