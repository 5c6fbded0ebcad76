import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx2
import pytest
from fastapi import APIRouter
from redis.asyncio import Redis

from product_platform.kit.errors import RateLimitedError
from product_platform.kit.http import PrincipalDep, create_domain_app
from product_platform.kit.permissions import Principal
from product_platform.kit.quotas import DEFAULT_QUOTAS, PUBLISHABLE_QUOTAS, Quotas
from product_platform.kit.rate_limits import RateLimiter, RateLimitMiddleware, Window, to_windows
from product_platform.kit.services import Services
from tests.product_platform.clients import make_client

pytestmark = pytest.mark.servers

# The clock of the tests stands at noon.
NOON_TO_MIDNIGHT_S = 43_200
USUAL = to_windows(DEFAULT_QUOTAS)


@pytest.fixture
def limiter(services: Services) -> RateLimiter:
    return RateLimiter(services.bus, services.clock)


@pytest.fixture
def subject() -> str:
    return str(uuid4())


class TestTake:
    async def test_the_request_that_is_answered_is_counted_already(self, limiter, subject):
        standing = await limiter.take(subject, USUAL)
        assert (standing.is_admitted, standing.quota, standing.remaining) == (True, 300, 299)

    async def test_the_window_with_the_fewest_left_is_told_of(self, limiter, subject, services):
        windows = to_windows(Quotas(per_minute=300, per_day=9))
        standing = await limiter.take(subject, windows)
        assert (standing.quota, standing.remaining, standing.reset_s) == (9, 8, NOON_TO_MIDNIGHT_S)
        assert standing.resets_at == services.clock.now().timestamp() + NOON_TO_MIDNIGHT_S

    async def test_of_windows_with_as_many_left_the_longer_is_told_of(self, limiter, subject):
        standing = await limiter.take(subject, to_windows(Quotas(per_minute=5, per_day=5)))
        assert standing.reset_s == NOON_TO_MIDNIGHT_S

    async def test_a_refused_request_is_counted_in_no_window(self, limiter, subject, clock):
        windows = to_windows(Quotas(per_minute=1, per_day=3))
        assert (await limiter.take(subject, windows)).is_admitted
        for _ in range(5):
            assert not (await limiter.take(subject, windows)).is_admitted
        clock.advance(60)
        assert (await limiter.take(subject, windows)).is_admitted

    async def test_what_is_left_is_never_negative(self, limiter, subject):
        await limiter.take(subject, to_windows(Quotas(per_minute=5, per_day=5)))
        standing = await limiter.take(subject, to_windows(Quotas(per_minute=0, per_day=5)))
        assert (standing.is_admitted, standing.remaining) == (False, 0)

    async def test_a_minute_starts_on_the_minute(self, limiter, subject, clock):
        clock.advance(59.2)
        standing = await limiter.take(subject, USUAL)
        assert standing.reset_s == 1
        clock.advance(0.8)
        assert (await limiter.take(subject, USUAL)).remaining == 299

    async def test_subjects_are_counted_apart(self, limiter, subject):
        await limiter.take(subject, USUAL)
        assert (await limiter.take(str(uuid4()), USUAL)).remaining == 299

    async def test_processes_count_together_and_admit_no_more_than_the_quota(self, services, subject):
        limiters = [RateLimiter(services.bus, services.clock) for _ in range(4)]
        windows = to_windows(Quotas(per_minute=10, per_day=100))
        standings = await asyncio.gather(*(each.take(subject, windows) for each in limiters * 10))
        assert sum(standing.is_admitted for standing in standings) == 10
        assert sorted(each.remaining for each in standings if each.is_admitted) == list(range(10))

    async def test_counters_do_not_stay_for_ever(self, limiter, services, subject):
        await limiter.take(subject, [Window(5, 60)])
        keys = [key async for key in services.bus.scan_iter(f"rate:{{{subject}}}:*")]
        assert [await services.bus.ttl(key) for key in keys] == [60]


class TestWithoutRedis:
    @pytest.fixture
    async def limiter(self, clock, tmp_path) -> AsyncIterator[RateLimiter]:
        async with Redis(unix_socket_path=str(tmp_path / "nobody")) as bus:
            yield RateLimiter(bus, clock)

    async def test_each_process_counts_alone_and_refuses_all_the_same(self, limiter, subject, clock):
        windows = to_windows(Quotas(per_minute=2, per_day=10))
        standings = [await limiter.take(subject, windows) for _ in range(3)]
        assert [(each.is_admitted, each.remaining) for each in standings] == [
            (True, 1),
            (True, 0),
            (False, 0),
        ]
        clock.advance(60)
        assert (await limiter.take(subject, windows)).is_admitted

    async def test_one_that_keeps_silent_holds_nobody_up_for_long(self, subject, clock, tmp_path):
        silent = asyncio.Event()

        async def keep_silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await silent.wait()
            writer.close()

        path = str(tmp_path / "silent")
        server = await asyncio.start_unix_server(keep_silent, path)
        async with Redis(unix_socket_path=path) as bus:
            limiter = RateLimiter(bus, clock)
            async with asyncio.timeout(10):
                standings = [await limiter.take(subject, USUAL) for _ in range(100)]
            silent.set()
        server.close()
        assert [each.remaining for each in standings] == list(range(299, 199, -1))


class TestRequire:
    async def test_says_in_how_many_seconds_to_come_again(self, limiter, subject):
        with pytest.raises(RateLimitedError) as refusal:
            (await limiter.take(subject, [Window(0, 60)])).require()
        assert refusal.value.retry_after_s == 60


router = APIRouter()


@router.get("/things")
async def list_things(_principal: PrincipalDep) -> list[int]:
    return []


@router.post("/things")
async def create_thing(body: dict[str, int], _principal: PrincipalDep) -> dict[str, int]:
    return body


HEADERS = (
    "RateLimit-Policy",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
)


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_domain_app("Trial", router)
    principal = Principal(user_id=uuid4(), quotas=Quotas(per_minute=2, per_day=10))
    async with make_client(app, services, principal, middleware=RateLimitMiddleware) as client:
        yield client


class TestRateLimitMiddleware:
    async def test_all_headers_tell_of_one_window(self, client, clock):
        answer = await client.get("/things")
        assert [answer.headers[name] for name in HEADERS] == [
            "2;w=60, 10;w=86400",
            "2",
            "1",
            "60",
            "2",
            "1",
            str(int(clock.now().timestamp()) + 60),
        ]
        assert "retry-after" not in answer.headers

    async def test_too_many_are_refused_with_when_to_come_again(self, client):
        for _ in range(2):
            assert (await client.get("/things")).status_code == 200
        answer = await client.get("/things")
        assert answer.json() == {
            "error": {
                "code": "RATE_LIMITED",
                "message": "Too many requests.",
                "status": 429,
                "details": None,
                "retry_after_seconds": 60,
            }
        }
        assert answer.headers["retry-after"] == "60"
        assert [answer.headers[name] for name in HEADERS][1:4] == ["2", "0", "60"]

    async def test_a_refusal_as_a_problem_document_says_it_too(self, client):
        for _ in range(3):
            answer = await client.get("/things", headers={"Accept": "application/problem+json"})
        problem = answer.json()
        assert (problem["error_code"], problem["retry_after_seconds"], problem["retryable"]) == (
            "rate_limited",
            60,
            True,
        )

    async def test_a_request_is_counted_before_its_body_is_looked_at(self, client):
        for _ in range(2):
            assert (await client.post("/things", content="{")).status_code in {400, 415}
        answer = await client.post("/things", content="{")
        assert answer.status_code == 429

    @pytest.mark.parametrize("path", ["/things", "/things/"])
    async def test_errors_carry_the_headers(self, client, path):
        answer = await client.post(path, json={"x": "y"})
        assert (answer.status_code, answer.headers["RateLimit-Remaining"]) == (422, "1")


class TestQuotas:
    def test_the_defaults_are_those_of_the_contract(self):
        assert DEFAULT_QUOTAS == (300, 10_000)
        assert PUBLISHABLE_QUOTAS == (100, 10_000)
