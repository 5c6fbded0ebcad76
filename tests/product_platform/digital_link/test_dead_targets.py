"""Targets that die and recover on a web server, as the edge sees them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest

from product_platform.digital_link.service.prober import (
    INTERVAL,
    JITTER,
    Prober,
)
from product_platform.kit.clock import FixedClock
from product_platform.kit.db import Connection
from product_platform.kit.ids import to_short
from product_platform.kit.services import Services
from rules_compiler.compiler import compile_slice
from rules_compiler.dict_table import DictTable
from tests.product_platform.catalogue import clear_outbox, read_outbox
from tests.product_platform.digital_link.conftest import (
    GTIN,
    announce_changes,
    create_rule,
    make_loopback_check,
    make_product,
    make_publisher,
    read_slices,
)
from tests.product_platform.web_server import Page, WebServer, lead_to
from tests.resolver.edge_client import ROOT, EdgeClient

pytestmark = pytest.mark.servers

ROUND_S = INTERVAL.total_seconds() * (1 + JITTER)


class TestPublication:
    """The targets of rules on a web server, their rules at an edge."""

    @pytest.fixture
    def watch(self, services: Services, clock: FixedClock) -> Callable[[int], Awaitable[None]]:
        """Look at every target so often."""
        prober = Prober(services.database, services.clock, make_loopback_check())

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
