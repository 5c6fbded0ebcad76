"""The tiers of a claim: which event leads from which to which, and what reports do."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, TypeAlias
from uuid import UUID

import httpx2
import pytest

from product_platform.kit.clock import FixedClock
from product_platform.kit.services import Services
from product_platform.products import ClaimEvent, Claims, router
from product_platform.products.errors import ClaimUnmovedError, PrefixTakenError
from product_platform.products.schemas.fields import ClaimStatus
from product_platform.products.service import prefixes
from tests.product_platform.catalogue import clear_outbox, read_outbox
from tests.product_platform.clients import make_app
from tests.product_platform.products.conftest import (
    GTIN,
    OTHER_GTIN,
    PATH,
    do_jobs,
    fields_of,
)

pytestmark = pytest.mark.servers

ClientAt: TypeAlias = Callable[[str], Awaitable[httpx2.AsyncClient]]

REPORT = {
    "reporter_email": "ada@example.com",
    "reporter_relationship": "consumer",
    "reason": "I bought it from somebody else.",
}


async def read_tier(client: httpx2.AsyncClient, gtin: str = GTIN) -> str | None:
    tier: str | None = (await client.get(f"/products/{gtin}")).json()["claim_verification_status"]
    return tier


async def put_at(services: Services, status: ClaimStatus) -> None:
    await services.database.pool.execute("UPDATE products SET claim_verification_status = $1", status)


async def move(services: Services, event: ClaimEvent) -> None:
    async with services.database.transaction() as connection:
        await Claims(services.clock).move(connection, GTIN, event)


@pytest.mark.usefixtures("product")
class TestMove:
    @pytest.mark.parametrize(
        ("status", "event", "to"),
        [
            ("unverified", "prefix_found", "prefix_matched"),
            ("unverified", "confirmed", "verified"),
            ("prefix_matched", "confirmed", "verified"),
            ("unverified", "contested", "disputed"),
            ("prefix_matched", "contested", "disputed"),
            ("verified", "contested", "disputed"),
            ("disputed", "upheld", "verified"),
            ("disputed", "rejected", "rejected"),
            ("unverified", "rejected", "rejected"),
            ("prefix_matched", "rejected", "rejected"),
        ],
    )
    async def test_an_event_moves_a_claim(
        self, client: httpx2.AsyncClient, services: Services, status: str, event: str, to: str
    ) -> None:
        await put_at(services, ClaimStatus(status))
        await move(services, ClaimEvent(event))
        assert await read_tier(client) == to
        assert await read_outbox(services.database) == {f"01/{GTIN}"}

    @pytest.mark.parametrize(
        ("status", "event"),
        [
            ("verified", "confirmed"),
            ("verified", "rejected"),
            ("verified", "prefix_found"),
            ("disputed", "contested"),
            ("disputed", "confirmed"),
            ("unverified", "upheld"),
        ],
    )
    async def test_any_other_event_is_refused(
        self, client: httpx2.AsyncClient, services: Services, status: str, event: str
    ) -> None:
        await put_at(services, ClaimStatus(status))
        with pytest.raises(ClaimUnmovedError):
            await move(services, ClaimEvent(event))
        assert await read_tier(client) == status

    async def test_a_rejected_claim_is_nobodys_and_can_be_claimed(
        self, client: httpx2.AsyncClient, rival_client: httpx2.AsyncClient, services: Services
    ) -> None:
        await move(services, ClaimEvent.REJECTED)
        product = (await client.get(PATH)).json()
        assert (product["owner_id"], product["data_source"]) == (None, "crowd_sourced")
        assert (await client.patch(PATH, json={"product_name": "x"})).status_code == 403
        assert (await rival_client.post(f"{PATH}/claim")).status_code == 200
        assert await read_tier(client) == "unverified"

    async def test_an_owner_edits_while_the_claim_is_disputed(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        await move(services, ClaimEvent.CONTESTED)
        assert (await client.patch(PATH, json={"product_name": "Edited"})).status_code == 200
        assert await read_tier(client) == "disputed"

    async def test_a_repeated_claim_leaves_the_tier(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        await move(services, ClaimEvent.CONFIRMED)
        assert (await client.post(f"{PATH}/claim")).status_code == 200
        assert await read_tier(client) == "verified"


class TestPrefixes:
    @pytest.fixture(autouse=True)
    async def prefix(self, services: Services, organization: UUID) -> None:
        async with services.database.transaction() as connection:
            await Claims(services.clock).add_prefix(connection, "95200001", organization_id=organization)

    async def test_a_claim_below_a_prefix_of_its_owner_is_matched_soon(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        await client.post("/products", json={"gtin": GTIN})
        assert await read_tier(client) == "unverified"
        await clear_outbox(services.database)
        await do_jobs(services)
        assert await read_tier(client) == "prefix_matched"
        assert await read_outbox(services.database) == {f"01/{GTIN}"}

    async def test_a_claim_elsewhere_is_not(self, client: httpx2.AsyncClient, services: Services) -> None:
        await client.post("/products", json={"gtin": "9521234500018"})
        await do_jobs(services)
        assert await read_tier(client, "09521234500018") == "unverified"

    async def test_a_claim_of_somebody_else_is_not(
        self, rival_client: httpx2.AsyncClient, services: Services
    ) -> None:
        await rival_client.post("/products", json={"gtin": GTIN})
        await do_jobs(services)
        assert await read_tier(rival_client) == "unverified"

    async def test_any_number_of_claims(
        self, client: httpx2.AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(prefixes, "_MATCHED_AT_ONCE", 1)
        for gtin in (GTIN, OTHER_GTIN):
            await client.post("/products", json={"gtin": gtin})
        await do_jobs(services)
        assert {await read_tier(client, gtin) for gtin in (GTIN, OTHER_GTIN)} == {"prefix_matched"}

    async def test_a_prefix_has_one_owner(self, services: Services, organization: UUID, rival: UUID) -> None:
        async with services.database.transaction() as connection:
            await Claims(services.clock).add_prefix(connection, "95200001", organization_id=organization)
            with pytest.raises(PrefixTakenError):
                await Claims(services.clock).add_prefix(connection, "95200001", organization_id=rival)


@pytest.mark.usefixtures("product")
class TestReportClaim:
    @pytest.fixture
    async def anybody(self, services: Services) -> AsyncIterator[ClientAt]:
        """Make clients without a key, by their addresses."""
        app = make_app("Products", router)
        app.state.services = services
        async with AsyncExitStack() as stack:

            async def make(address: str) -> httpx2.AsyncClient:
                transport = httpx2.ASGITransport(app=app, client=(address, 1))
                return await stack.enter_async_context(
                    httpx2.AsyncClient(transport=transport, base_url="http://test")
                )

            yield make

    async def report(
        self, anybody: ClientAt, address: str = "198.51.100.1", gtin: str = GTIN, **fields: Any
    ) -> httpx2.Response:
        client = await anybody(address)
        return await client.post(f"/products/{gtin}/report-claim", json={**REPORT, **fields})

    async def test_a_report_is_received_and_needs_no_key(
        self, anybody: ClientAt, client: httpx2.AsyncClient
    ) -> None:
        answer = await self.report(anybody)
        assert answer.status_code == 201
        body = answer.json()
        assert len(body.pop("id")) == 22
        assert body == {"gtin": GTIN, "message": "Your report was received. Thank you."}
        assert await read_tier(client) == "unverified"

    async def test_three_addresses_make_a_dispute(
        self, anybody: ClientAt, client: httpx2.AsyncClient, services: Services
    ) -> None:
        for number in (1, 1, 2, 3):
            assert await read_tier(client) == "unverified"
            await self.report(anybody, f"198.51.100.{number}")
        assert await read_tier(client) == "disputed"
        assert await read_outbox(services.database) == {f"01/{GTIN}"}

    async def test_old_reports_do_not_count(
        self, anybody: ClientAt, client: httpx2.AsyncClient, clock: FixedClock
    ) -> None:
        await self.report(anybody, "198.51.100.1")
        clock.advance(30 * 24 * 3600)
        await self.report(anybody, "198.51.100.2")
        await self.report(anybody, "198.51.100.3")
        assert await read_tier(client) == "unverified"

    @pytest.mark.parametrize(
        ("relationship", "url", "tier"),
        [
            ("legal", "https://registry.example/1", "disputed"),
            ("brand_rep", "https://registry.example/1", "disputed"),
            ("legal", "", "unverified"),
            ("competitor", "https://registry.example/1", "unverified"),
        ],
    )
    async def test_one_report_with_proof_of_who_may_know(
        self, anybody: ClientAt, client: httpx2.AsyncClient, relationship: str, url: str, tier: str
    ) -> None:
        await self.report(anybody, reporter_relationship=relationship, supporting_url=url)
        assert await read_tier(client) == tier

    async def test_one_address_sends_three_an_hour(self, anybody: ClientAt, clock: FixedClock) -> None:
        for _ in range(3):
            assert (await self.report(anybody)).status_code == 201
            clock.advance(60)
        refused = await self.report(anybody)
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "RATE_LIMITED")
        assert (await self.report(anybody, "198.51.100.2")).status_code == 201
        clock.advance(3600 - 180)
        assert (await self.report(anybody)).status_code == 201

    async def test_who_reports_is_told_to_nobody(self, anybody: ClientAt, client: httpx2.AsyncClient) -> None:
        answer = await self.report(anybody)
        for text in (answer.text, (await client.get(PATH)).text, (await client.get(f"{PATH}/content")).text):
            assert "ada@example.com" not in text

    async def test_what_nobody_claims_cannot_be_reported(
        self, anybody: ClientAt, client: httpx2.AsyncClient
    ) -> None:
        await client.post(f"{PATH}/unclaim")
        assert (await self.report(anybody)).status_code == 409
        assert (await self.report(anybody, gtin=OTHER_GTIN)).status_code == 404

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("reporter_email", "nobody"),
            ("reporter_email", "x" * 250 + "@example.com"),
            ("reporter_relationship", "friend"),
            ("reason", "too short"),
            ("reason", "x" * 5001),
            ("reporter_phone", "1" * 33),
            ("reporter_company", "x" * 256),
            ("supporting_url", "ftp://files.example"),
            ("supporting_url", "https://a.example/" + "x" * 2000),
        ],
    )
    async def test_bad_fields_are_named(self, anybody: ClientAt, field: str, value: str) -> None:
        answer = await self.report(anybody, **{field: value})
        assert [name for name, _ in fields_of(answer)] == [field]
