"""A look at one target on demand, over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from product_platform.digital_link.service.prober import (
    INTERVAL,
    JITTER,
)
from product_platform.kit.ids import to_short
from product_platform.kit.permissions import Role
from product_platform.kit.services import Services
from tests.product_platform.catalogue import clear_outbox, make_principal, read_outbox
from tests.product_platform.digital_link.conftest import (
    create_rule,
    make_resolver_client,
)
from tests.product_platform.web_server import Page, WebServer

pytestmark = pytest.mark.servers

UNKNOWN_ID = "2222222222222222222223"


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
        next_check_at = await services.database.pool.fetchval("SELECT next_check_at FROM custom_urls")
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
        async with make_resolver_client(services, principal) as other:
            assert (await other.post(f"{urls_path}/{entry_id}/retry")).status_code == 404
        assert web.asked == []
