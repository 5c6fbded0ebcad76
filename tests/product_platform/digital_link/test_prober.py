"""The watch over targets: when each is looked at, and what is stored."""

import asyncio
from typing import Any

import httpx2
import pytest

from product_platform.digital_link.ports import Verdict
from product_platform.digital_link.service.prober import (
    HOST_PAUSE_S,
    INTERVAL,
    JITTER,
    MAX_PER_HOST,
    QUORUM,
    Prober,
)
from product_platform.kit.clock import FixedClock
from product_platform.kit.ids import to_short
from product_platform.kit.services import Services
from tests.product_platform.catalogue import make_organization
from tests.product_platform.digital_link.url_checks import Checks

pytestmark = pytest.mark.servers

ROUND_S = INTERVAL.total_seconds() * (1 + JITTER)


@pytest.fixture
def checks() -> Checks:
    return Checks()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def prober(services: Services, checks: Checks, pauses: list[float]) -> Prober:
    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    return Prober(services.database, services.clock, checks, pause=pause)


async def read_entry(services: Services, url: str) -> dict[str, Any]:
    row = await services.database.pool.fetchrow("SELECT * FROM custom_urls WHERE url = $1", url)
    assert row is not None
    return dict(row)


async def read_status(services: Services, url: str) -> str:
    status: str = (await read_entry(services, url))["status"]
    return status


class TestCheckDue:
    async def test_a_new_url_is_looked_at_at_once(
        self, prober: Prober, checks: Checks, services: Services, add: Any
    ) -> None:
        await add("https://a.test/")
        assert await prober.check_due() == 1
        assert checks.asked == ["https://a.test/"]
        entry = await read_entry(services, "https://a.test/")
        assert (entry["status"], entry["last_checked_at"]) == ("HEALTHY", services.clock.now())

    async def test_and_again_after_the_interval_give_or_take(
        self, prober: Prober, checks: Checks, services: Services, clock: FixedClock, add: Any
    ) -> None:
        urls = [f"https://{number}.test/" for number in range(20)]
        for url in urls:
            await add(url)
        await prober.check_due()
        waits = [(await read_entry(services, url))["next_check_at"] - clock.now() for url in urls]
        assert all(abs(wait - INTERVAL) <= INTERVAL * JITTER for wait in waits)
        assert len(set(waits)) > 1
        clock.advance(min(waits).total_seconds() - 1)
        assert await prober.check_due() == 0
        clock.advance(ROUND_S)
        assert await prober.check_due() == 20
        assert sorted(checks.asked) == sorted(urls * 2)

    async def test_three_failures_and_two_successes(
        self, prober: Prober, checks: Checks, services: Services, clock: FixedClock, add: Any
    ) -> None:
        await add("https://a.test/")
        seen = []
        for verdict in (
            Verdict.ALIVE,
            Verdict.SILENT,
            Verdict.FAILED,
            Verdict.SILENT,
            Verdict.ALIVE,
            Verdict.FAILED,
            Verdict.ALIVE,
            Verdict.ALIVE,
        ):
            checks.default = verdict
            await prober.check_due()
            clock.advance(ROUND_S)
            seen.append(await read_status(services, "https://a.test/"))
        assert seen == ["HEALTHY", "DEGRADED", "DEGRADED", *["UNREACHABLE"] * 4, "HEALTHY"]

    async def test_what_the_guard_refuses_stays_unknown(
        self, prober: Prober, checks: Checks, services: Services, clock: FixedClock, add: Any
    ) -> None:
        await add("https://inside.test/")
        checks.default = Verdict.REFUSED
        for _ in range(4):
            await prober.check_due()
            clock.advance(ROUND_S)
        entry = await read_entry(services, "https://inside.test/")
        assert (entry["status"], entry["failure_count"]) == ("UNKNOWN", 0)
        assert entry["last_checked_at"] is not None

    @pytest.mark.parametrize(
        "url",
        [
            "https://a.test/{gtin}",
            "https://meadow.example/page",
            "https://example.com",
            "https://www.example.org:8443/?a=b",
            "https://EXAMPLE.net./",
        ],
    )
    async def test_what_is_no_place_of_anybody(
        self, prober: Prober, checks: Checks, add: Any, url: str
    ) -> None:
        await add(url)
        assert (await prober.check_due(), checks.asked) == (0, [])

    @pytest.mark.parametrize(
        "url", ["https://example.com.test/", "https://my-example.com/", "https://a.test/www.example.com/"]
    )
    async def test_what_only_looks_like_it(self, prober: Prober, add: Any, url: str) -> None:
        await add(url)
        assert await prober.check_due() == 1

    async def test_two_probers_take_nothing_twice(self, services: Services, checks: Checks, add: Any) -> None:
        for number in range(12):
            await add(f"https://{number}.test/")
        both = [Prober(services.database, services.clock, checks) for _ in range(2)]
        taken = await asyncio.gather(*(prober.check_due() for prober in both))
        assert sum(taken) == 12
        assert len(set(checks.asked)) == len(checks.asked) == 12

    async def test_what_a_prober_took_with_it_comes_back(
        self, prober: Prober, checks: Checks, services: Services, clock: FixedClock, add: Any
    ) -> None:
        await add("https://a.test/")

        async def die() -> None:
            raise RuntimeError("killed")

        checks.meanwhile = die
        with pytest.raises(RuntimeError):
            await prober.check_due()
        checks.meanwhile = None
        assert await prober.check_due() == 0
        clock.advance(INTERVAL.total_seconds())
        assert await prober.check_due() == 1
        assert await read_status(services, "https://a.test/") == "HEALTHY"

    async def test_a_host_is_asked_slowly(
        self, prober: Prober, checks: Checks, clock: FixedClock, pauses: list[float], add: Any
    ) -> None:
        for number in range(MAX_PER_HOST + 3):
            await add(f"https://one.test/{number}")
        await add("https://two.test/")
        assert await prober.check_due() == MAX_PER_HOST + 4
        assert len(checks.asked) == MAX_PER_HOST + 1
        assert pauses == [HOST_PAUSE_S] * (MAX_PER_HOST - 1)
        assert await prober.check_due() == 0
        clock.advance(60)
        assert await prober.check_due() == 3
        assert len(set(checks.asked)) == MAX_PER_HOST + 4

    async def test_a_host_is_asked_one_thing_at_a_time(
        self, prober: Prober, checks: Checks, add: Any
    ) -> None:
        for number in range(3):
            await add(f"https://one.test/{number}")
        at_once, most = 0, 0

        async def count() -> None:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0)
            at_once -= 1

        checks.meanwhile = count
        await prober.check_due()
        assert most == 1

    async def test_when_nobody_answers_at_all_it_is_our_network(
        self, prober: Prober, checks: Checks, services: Services, clock: FixedClock, add: Any
    ) -> None:
        for number in range(QUORUM - 1):
            await add(f"https://{number}.test/")
        checks.default = Verdict.SILENT
        await prober.check_due()
        assert await read_status(services, "https://0.test/") == "DEGRADED"
        await add("https://last.test/")
        for _ in range(3):
            await prober.check_due()
            clock.advance(ROUND_S)
        assert await read_status(services, "https://0.test/") == "DEGRADED"
        assert await read_status(services, "https://last.test/") == "UNKNOWN"

    async def test_when_one_answers_the_others_are_dead(
        self, prober: Prober, checks: Checks, services: Services, clock: FixedClock, add: Any
    ) -> None:
        for number in range(QUORUM):
            await add(f"https://{number}.test/")
        checks.default = Verdict.SILENT
        checks.verdicts["https://9.test/"] = Verdict.FAILED
        await prober.check_due()
        assert await read_status(services, "https://0.test/") == "DEGRADED"

    async def test_a_url_that_changed_meanwhile(
        self,
        prober: Prober,
        checks: Checks,
        services: Services,
        client: httpx2.AsyncClient,
        urls_path: str,
        add: Any,
    ) -> None:
        entry_id = to_short(await add("https://a.test/"))

        async def rewrite() -> None:
            await client.put(f"{urls_path}/{entry_id}", json={"url": "https://b.test/"})

        checks.meanwhile = rewrite
        await prober.check_due()
        entry = await read_entry(services, "https://b.test/")
        assert (entry["status"], entry["last_checked_at"]) == ("UNKNOWN", None)
        checks.meanwhile = None
        assert await prober.check_due() == 1

    async def test_a_url_that_is_gone_meanwhile(
        self, prober: Prober, checks: Checks, services: Services, add: Any
    ) -> None:
        await add("https://a.test/")
        checks.meanwhile = lambda: services.database.pool.execute("DELETE FROM custom_urls")
        assert await prober.check_due() == 1

    async def test_organizations_that_are_gone(self, prober: Prober, services: Services, add: Any) -> None:
        gone = await make_organization(services.database, "Gone")
        await add("https://a.test/", gone)
        await services.database.pool.execute(
            "UPDATE organizations SET deleted_at = now() WHERE id = $1", gone
        )
        assert await prober.check_due() == 0
