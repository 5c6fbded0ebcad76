"""The watch over targets: when each is looked at, what is stored, and what the edge makes of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from product_platform.digital_link import CustomUrls, HttpUrlCheck, router
from product_platform.digital_link.ports import Verdict
from product_platform.digital_link.service.prober import (
    HOST_PAUSE_S,
    INTERVAL,
    JITTER,
    MAX_PER_HOST,
    Prober,
)
from product_platform.kit.clock import FixedClock
from product_platform.kit.db import Connection
from product_platform.kit.http import create_domain_app
from product_platform.kit.ids import to_short
from product_platform.kit.permissions import Role
from product_platform.kit.services import Services
from product_platform.kit.ssrf import Guard, parse_networks
from rules_compiler.compiler import compile_slice
from rules_compiler.dict_table import DictTable
from tests.product_platform.catalogue import clear_outbox, make_organization, make_principal, read_outbox
from tests.product_platform.clients import make_client
from tests.product_platform.digital_link.conftest import (
    GTIN,
    announce_changes,
    create_rule,
    make_product,
    make_publisher,
    read_slices,
)
from tests.product_platform.digital_link.url_checks import Checks
from tests.product_platform.web_server import Page, WebServer, lead_to, running_web_server
from tests.resolver.edge_client import ROOT, EdgeClient

pytestmark = pytest.mark.servers

UNKNOWN_ID = "2222222222222222222223"
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


@pytest.fixture
async def web() -> AsyncIterator[WebServer]:
    async with running_web_server() as web:
        yield web


@pytest.fixture
async def client(services: Services, organization: UUID) -> AsyncIterator[httpx2.AsyncClient]:
    """Act for the owner, in a process that may reach loopback."""
    app = create_domain_app("Resolver", router)
    app.state.url_check = HttpUrlCheck(Guard(parse_networks("127.0.0.1")))
    async with make_client(app, services, make_principal(organization)) as client:
        yield client


@pytest.fixture
def add(services: Services, organization: UUID) -> Callable[..., Awaitable[UUID]]:
    """Put a URL into the catalogue and return its id."""

    async def add(url: str, owner: UUID = organization) -> UUID:
        async with services.database.transaction() as connection:
            entry, _ = await CustomUrls(services.clock).ensure(connection, owner, url, made_by_rule=False)
        return entry.id

    return add


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
        for number in range(10):
            await add(f"https://{number}.test/")
        checks.default = Verdict.SILENT
        await prober.check_due()
        assert await read_status(services, "https://0.test/") == "UNKNOWN"
        clock.advance(ROUND_S)
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
        assert (entry["status"], entry["last_checked_at"], entry["next_check_at"]) == ("UNKNOWN", None, None)

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


class TestPublication:
    """The targets of rules on a web server, their rules at an edge."""

    @pytest.fixture
    def watch(self, services: Services, clock: FixedClock) -> Callable[[int], Awaitable[None]]:
        """Look at every target so often."""
        prober = Prober(services.database, services.clock, HttpUrlCheck(Guard(parse_networks("127.0.0.1"))))

        async def watch(times: int) -> None:
            for _ in range(times):
                await prober.check_due()
                clock.advance(ROUND_S)

        return watch

    @pytest.fixture
    def scan(self, services: Services, connection: Connection) -> Callable[[], Awaitable[str | None]]:
        """Publish what waits, scan the product, and return where it leads."""
        publisher = make_publisher(connection, services, compile_one=compile_slice)

        async def scan() -> str | None:
            await publisher.publish_once()
            edge = EdgeClient(None)
            edge.now = services.clock.now().timestamp()
            slices = await read_slices(services.database)
            packed = {key: value for key, (_, value) in slices.items() if value is not None}
            edge.holder.replace(DictTable(1, packed))
            # The client has an event loop of its own.
            return (await asyncio.to_thread(edge.get, f"/01/{GTIN}")).location

        return scan

    @pytest.fixture
    async def worked(
        self,
        services: Services,
        organization: UUID,
        web: WebServer,
        client: httpx2.AsyncClient,
        rules_path: str,
    ) -> str:
        """Make the three rules of the worked example; return the id of the second one."""
        await make_product(services.database, GTIN, organization)
        await announce_changes(services.database, None, f"01/{GTIN}", f"org/{to_short(organization)}")
        for path in ("/a", "/b", "/c"):
            web.pages[path] = Page()
        of_product = {"scope_type": "PRODUCT", "scope_id": GTIN}
        await create_rule(client, rules_path, custom_url=web.url("/a"), **of_product)
        second = await create_rule(
            client,
            rules_path,
            custom_url=web.url("/b"),
            on_custom_url_dead="FALLBACK_TO_HOSTED",
            **of_product,
        )
        await create_rule(client, rules_path, custom_url=web.url("/c"))
        identity: str = second["id"]
        return identity

    async def test_nobody_has_looked_yet(self, worked: str, web: WebServer, scan: Any) -> None:
        assert await scan() == web.url("/a")

    async def test_alive(self, worked: str, web: WebServer, watch: Any, scan: Any) -> None:
        await watch(1)
        assert await scan() == web.url("/a")

    async def test_degraded(self, worked: str, web: WebServer, watch: Any, scan: Any) -> None:
        web.pages["/a"] = Page(500)
        await watch(2)
        assert await scan() == web.url("/a")

    async def test_the_first_dead(self, worked: str, web: WebServer, watch: Any, scan: Any) -> None:
        web.pages["/a"] = Page(500)
        await watch(3)
        assert await scan() == web.url("/b")

    async def test_both_dead(self, worked: str, web: WebServer, watch: Any, scan: Any) -> None:
        web.pages["/a"] = web.pages["/b"] = Page(404)
        await watch(3)
        assert await scan() == f"{ROOT}/p/01/{GTIN}"

    async def test_the_first_dead_and_the_second_outside_its_window(
        self, worked: str, web: WebServer, watch: Any, scan: Any, client: httpx2.AsyncClient
    ) -> None:
        past = {"absolute_end_at": "2026-01-01T00:00:00Z"}
        assert (await client.patch(f"/resolution-rules/{worked}", json=past)).status_code == 200
        web.pages["/a"] = web.pages["/b"] = Page(404)
        await watch(3)
        assert await scan() == web.url("/c")

    async def test_recovery(self, worked: str, web: WebServer, watch: Any, scan: Any) -> None:
        web.pages["/a"] = lead_to("http://127.0.0.1:1/")
        await watch(3)
        assert await scan() == web.url("/b")
        web.pages["/a"] = lead_to("/b")
        await watch(1)
        assert await scan() == web.url("/b")
        await watch(1)
        assert await scan() == web.url("/a")

    async def test_only_death_and_recovery_are_published(
        self, worked: str, web: WebServer, watch: Any, services: Services
    ) -> None:
        await clear_outbox(services.database)
        web.pages["/a"] = Page(500)
        await watch(2)
        assert await read_outbox(services.database) == set()
        await watch(1)
        assert await read_outbox(services.database) == {f"01/{GTIN}"}
        await clear_outbox(services.database)
        web.pages["/a"] = Page()
        await watch(1)
        assert await read_outbox(services.database) == set()
        await watch(1)
        assert await read_outbox(services.database) == {f"01/{GTIN}"}


class TestRetry:
    async def retry(self, client: httpx2.AsyncClient, path: str, entry_id: UUID) -> dict[str, Any]:
        answer = await client.post(f"{path}/{to_short(entry_id)}/retry")
        assert answer.status_code == 200, answer.text
        entry: dict[str, Any] = answer.json()
        return entry

    async def test_the_check_runs_inline(
        self, client: httpx2.AsyncClient, urls_path: str, web: WebServer, services: Services, add: Any
    ) -> None:
        web.pages["/"] = Page()
        entry = await self.retry(client, urls_path, await add(web.url("/")))
        assert (entry["status"], entry["last_checked_at"]) == ("HEALTHY", "2026-03-01T12:00:00Z")
        assert (await client.get(f"{urls_path}/{entry['id']}")).json() == entry

    async def test_three_times_in_vain(
        self,
        client: httpx2.AsyncClient,
        urls_path: str,
        rules_path: str,
        web: WebServer,
        services: Services,
        add: Any,
    ) -> None:
        entry_id = await add(web.url("/"))
        await create_rule(client, rules_path, custom_url=web.url("/"))
        await clear_outbox(services.database)
        seen = [(await self.retry(client, urls_path, entry_id))["status"] for _ in range(3)]
        assert seen == ["DEGRADED", "DEGRADED", "UNREACHABLE"]
        assert len(await read_outbox(services.database)) == 1

    async def test_twice_with_success_revives(
        self, client: httpx2.AsyncClient, urls_path: str, web: WebServer, services: Services, add: Any
    ) -> None:
        entry_id = await add(web.url("/"))
        await services.database.pool.execute(
            "UPDATE custom_urls SET status = 'UNREACHABLE', failure_count = 3"
        )
        web.pages["/"] = Page()
        seen = [(await self.retry(client, urls_path, entry_id))["status"] for _ in range(2)]
        assert seen == ["UNREACHABLE", "HEALTHY"]

    async def test_the_next_look_is_a_whole_interval_away(
        self, client: httpx2.AsyncClient, urls_path: str, web: WebServer, services: Services, add: Any
    ) -> None:
        await self.retry(client, urls_path, await add(web.url("/")))
        next_check_at: datetime = (await read_entry(services, web.url("/")))["next_check_at"]
        assert next_check_at - services.clock.now() >= INTERVAL * (1 - JITTER) - timedelta(seconds=1)

    async def test_where_requests_may_not_go(
        self, client: httpx2.AsyncClient, urls_path: str, add: Any
    ) -> None:
        entry = await self.retry(client, urls_path, await add("http://169.254.169.254/latest/"))
        assert entry["status"] == "UNKNOWN"

    async def test_a_url_with_placeholders(
        self, client: httpx2.AsyncClient, urls_path: str, web: WebServer, add: Any
    ) -> None:
        entry = await self.retry(client, urls_path, await add(web.url("/{gtin}")))
        assert (entry["status"], entry["last_checked_at"], web.asked) == ("UNKNOWN", None, [])

    async def test_unknown(self, client: httpx2.AsyncClient, urls_path: str) -> None:
        assert (await client.post(f"{urls_path}/{UNKNOWN_ID}/retry")).status_code == 404

    @pytest.mark.parametrize("is_member", [True, False])
    async def test_who_may_not(
        self,
        services: Services,
        organization: UUID,
        urls_path: str,
        web: WebServer,
        add: Any,
        is_member: bool,
    ) -> None:
        entry_id = to_short(await add(web.url("/")))
        principal = make_principal(*([organization] if is_member else []), role=Role.READONLY)
        app = create_domain_app("Resolver", router)
        app.state.url_check = HttpUrlCheck(Guard(parse_networks("127.0.0.1")))
        async with make_client(app, services, principal) as other:
            assert (await other.post(f"{urls_path}/{entry_id}/retry")).status_code == 404
        assert web.asked == []
