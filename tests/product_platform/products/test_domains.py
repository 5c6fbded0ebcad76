"""Web domains: proved by a record in the DNS, and what they make of claims that a prefix supports."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from product_platform import brands
from product_platform.account import OrganizationPurged
from product_platform.digital_link import import_lines
from product_platform.kit.clock import FixedClock
from product_platform.kit.errors import InvalidError
from product_platform.kit.ids import to_short
from product_platform.kit.services import Services
from product_platform.products import ClaimEvent, Claims, Domain
from product_platform.products.errors import NotABrandError
from product_platform.products.models.domains import PROOF_AWAITED
from product_platform.products.schemas.fields import ClaimStatus
from product_platform.products.service import domains
from tests.product_platform.catalogue import clear_outbox, make_organization, make_principal, read_outbox
from tests.product_platform.clients import make_app, make_client
from tests.product_platform.name_server import NameServer, running_name_server
from tests.product_platform.products.conftest import GTIN, OTHER_GTIN, PATH, do_jobs

pytestmark = pytest.mark.servers

DOMAIN = "oats.example"
WEBSITE = "https://www.oats.example/drinks"
MATCHED, VERIFIED = ClaimStatus.PREFIX_MATCHED, ClaimStatus.VERIFIED


@pytest.fixture
async def server() -> AsyncIterator[NameServer]:
    async with running_name_server() as server:
        yield server


@pytest.fixture
def services(services: Services, server: NameServer) -> Services:
    """Let jobs ask the name server of the test."""
    return replace(services, settings=services.settings.model_copy(update={"dns_server": server.address}))


async def add(services: Services, organization: UUID, name: str = DOMAIN) -> Domain:
    async with services.database.transaction() as connection:
        return await Claims(services.clock).add_domain(connection, name, organization_id=organization)


async def prove(services: Services, server: NameServer, organization: UUID) -> None:
    domain = await add(services, organization)
    server.set_text(DOMAIN, domain.proof)
    await do_jobs(services)
    sql = "SELECT proved_at FROM organization_domains WHERE organization_id = $1"
    assert await services.database.pool.fetchval(sql, organization) == services.clock.now()


async def make_brand(services: Services, owner: UUID | None, website: str = WEBSITE) -> UUID:
    brand: UUID = await services.database.pool.fetchval(
        "INSERT INTO brands (organization_id, name, name_key, website) VALUES ($1, 'Oats', 'oats', $2)"
        " RETURNING id",
        owner,
        website,
    )
    return brand


async def put_at(services: Services, status: ClaimStatus, brand: UUID | None = None) -> None:
    """Let the claim stand at *status*, and the product bear the brand."""
    await services.database.pool.execute(
        "UPDATE products SET claim_verification_status = $1, brand_id = $2", status, brand
    )


async def read_tier(services: Services, gtin: str = GTIN) -> str | None:
    sql = "SELECT claim_verification_status FROM products WHERE gtin = $1"
    tier: str | None = await services.database.pool.fetchval(sql, gtin)
    return tier


class TestAddDomain:
    async def test_the_same_domain_has_the_same_token(self, services: Services, organization: UUID) -> None:
        first = await add(services, organization)
        assert (first.name, first.proved_at) == (DOMAIN, None)
        assert first.proof == f"product-platform-verify={first.token}"
        assert await add(services, organization, "Oats.Example.") == first

    async def test_another_organization_has_another_token(
        self, services: Services, organization: UUID, rival: UUID
    ) -> None:
        assert (await add(services, organization)).token != (await add(services, rival)).token

    @pytest.mark.parametrize("name", ["", "oats", "192.0.2.7", "https://oats.example", "*.oats.example"])
    async def test_no_host_name(self, services: Services, organization: UUID, name: str) -> None:
        with pytest.raises(InvalidError):
            await add(services, organization, name)

    async def test_an_organization_that_is_no_brand(self, services: Services) -> None:
        with pytest.raises(NotABrandError):
            await add(services, await make_organization(services.database, "A shop"))


class TestProveDomain:
    async def read(self, services: Services) -> Any:
        return await services.database.pool.fetchrow(
            "SELECT state, run_at, result FROM jobs WHERE kind = $1 ORDER BY created DESC",
            domains.PROVE_DOMAIN,
        )

    async def test_a_record_at_the_domain_itself_proves_it(
        self, services: Services, server: NameServer, organization: UUID
    ) -> None:
        domain = await add(services, organization)
        server.set_text(DOMAIN, "v=spf1 -all", domain.proof)
        await do_jobs(services)
        assert (await add(services, organization)).proved_at == services.clock.now()
        assert server.questions == [DOMAIN]
        assert (await self.read(services))["result"] == {"proved": True}

    @pytest.mark.parametrize("texts", [(), ("product-platform-verify=",), ("product-platform-verify=other",)])
    async def test_no_other_record_does(
        self, services: Services, server: NameServer, organization: UUID, texts: tuple[str, ...]
    ) -> None:
        await add(services, organization)
        server.set_text(DOMAIN, *texts)
        await do_jobs(services)
        assert (await add(services, organization)).proved_at is None

    async def test_the_token_of_somebody_else_does_not(
        self, services: Services, server: NameServer, organization: UUID, rival: UUID
    ) -> None:
        await add(services, organization)
        server.set_text(DOMAIN, (await add(services, rival)).proof)
        await do_jobs(services)
        assert (await add(services, organization)).proved_at is None
        assert (await add(services, rival)).proved_at is not None

    async def test_it_is_looked_for_a_week_long_with_growing_pauses(
        self, services: Services, clock: FixedClock, organization: UUID
    ) -> None:
        began, pauses_s = clock.now(), []
        await add(services, organization)
        await do_jobs(services)
        while (job := await self.read(services))["state"] == "pending":
            pauses_s.append((job["run_at"] - clock.now()).total_seconds())
            clock.advance(pauses_s[-1])
            await do_jobs(services)
        assert pauses_s[:5] == [60, 60, 120, 240, 480]
        assert pauses_s == sorted(pauses_s)
        assert max(pauses_s) == 6 * 3600
        assert PROOF_AWAITED <= clock.now() - began < PROOF_AWAITED + timedelta(hours=6)
        assert (job["state"], job["result"]) == ("completed", {"proved": False})

    async def test_it_is_looked_for_at_once_when_asked_again(
        self, services: Services, server: NameServer, clock: FixedClock, organization: UUID
    ) -> None:
        domain = await add(services, organization)
        for seconds in (0, 60, 3600):
            clock.advance(seconds)
            await do_jobs(services)
        server.set_text(DOMAIN, domain.proof)
        clock.advance(60)
        await do_jobs(services)
        assert (await add(services, organization)).proved_at is None
        await do_jobs(services)
        assert (await add(services, organization)).proved_at == clock.now()

    async def test_a_name_server_may_fail_meanwhile(
        self, services: Services, server: NameServer, clock: FixedClock, organization: UUID
    ) -> None:
        server.set_text(DOMAIN, (await add(services, organization)).proof)
        server.fails = True
        await do_jobs(services)
        server.fails = False
        clock.advance(60)
        await do_jobs(services)
        assert (await add(services, organization)).proved_at == clock.now()

    @pytest.mark.parametrize("change", ["is_brand = false", "deleted_at = '2026-03-01T12:00:00Z'"])
    async def test_it_is_not_looked_for_when_the_organization_is_no_brand_any_more(
        self, services: Services, server: NameServer, organization: UUID, change: str
    ) -> None:
        server.set_text(DOMAIN, (await add(services, organization)).proof)
        await services.database.pool.execute(f"UPDATE organizations SET {change}")
        await do_jobs(services)
        assert server.questions == []
        assert (await self.read(services))["result"] == {"proved": False}

    async def test_a_purged_organization_has_none(self, services: Services, organization: UUID) -> None:
        domain = await add(services, organization)
        async with services.database.transaction() as connection:
            event = OrganizationPurged(organization, services.clock.now())
            await services.events.announce(connection, event)
        assert (await add(services, organization)).token != domain.token


@pytest.mark.usefixtures("product")
class TestMatchDomains:
    async def test_a_claim_that_a_prefix_supports_is_verified_and_published(
        self, services: Services, server: NameServer, organization: UUID
    ) -> None:
        await put_at(services, MATCHED, await make_brand(services, organization))
        await prove(services, server, organization)
        assert await read_tier(services) == VERIFIED
        assert await read_outbox(services.database) == {f"01/{GTIN}"}

    @pytest.mark.parametrize("status", [ClaimStatus.UNVERIFIED, ClaimStatus.DISPUTED, ClaimStatus.REJECTED])
    async def test_a_claim_of_another_tier_stays_there(
        self, services: Services, server: NameServer, organization: UUID, status: ClaimStatus
    ) -> None:
        await put_at(services, status, await make_brand(services, organization))
        await prove(services, server, organization)
        assert await read_tier(services) == status
        assert await read_outbox(services.database) == set()

    async def test_a_brand_with_another_website_and_a_product_without_brand_stay(
        self, services: Services, server: NameServer, organization: UUID
    ) -> None:
        brand = await make_brand(services, organization, "https://oats.example.org/")
        for each in (brand, None):
            await put_at(services, MATCHED, each)
            await prove(services, server, organization)
            assert await read_tier(services) == MATCHED

    async def test_a_domain_of_somebody_else_does_nothing(
        self, services: Services, server: NameServer, organization: UUID, rival: UUID
    ) -> None:
        await put_at(services, MATCHED, await make_brand(services, organization))
        await prove(services, server, rival)
        assert await read_tier(services) == MATCHED

    async def test_a_claim_that_the_owner_of_the_brand_overrules_stays(
        self, services: Services, server: NameServer, organization: UUID, rival: UUID
    ) -> None:
        await put_at(services, MATCHED, await make_brand(services, rival))
        for each in (organization, rival):
            await prove(services, server, each)
        assert await read_tier(services) == MATCHED

    async def test_any_number_of_claims(
        self,
        services: Services,
        server: NameServer,
        client: httpx2.AsyncClient,
        organization: UUID,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(domains, "_MATCHED_AT_ONCE", 1)
        await client.post("/products", json={"gtin": OTHER_GTIN})
        await put_at(services, MATCHED, await make_brand(services, organization))
        await prove(services, server, organization)
        assert {await read_tier(services, gtin) for gtin in (GTIN, OTHER_GTIN)} == {VERIFIED}


class TestAfterTheProof:
    @pytest.fixture(autouse=True)
    async def proved(self, services: Services, server: NameServer, organization: UUID) -> None:
        await prove(services, server, organization)

    @pytest.fixture
    async def matched(self, services: Services, product: dict[str, Any]) -> None:
        await put_at(services, MATCHED)

    @pytest.fixture
    async def brands_client(
        self, services: Services, organization: UUID
    ) -> AsyncIterator[httpx2.AsyncClient]:
        app = make_app("Brands", brands.router)
        async with make_client(app, services, make_principal(organization)) as client:
            yield client

    async def test_a_claim_that_a_prefix_comes_to_support(
        self, services: Services, client: httpx2.AsyncClient, organization: UUID
    ) -> None:
        brand = await make_brand(services, organization)
        await client.post("/products", json={"gtin": GTIN})
        assert (await client.patch(PATH, json={"brand_id": to_short(brand)})).status_code == 200
        await do_jobs(services)
        assert await read_tier(services) == ClaimStatus.UNVERIFIED
        await clear_outbox(services.database)
        async with services.database.transaction() as connection:
            await Claims(services.clock).add_prefix(connection, "952000", organization_id=organization)
        await do_jobs(services)
        assert await read_tier(services) == VERIFIED
        assert await read_outbox(services.database) == {f"01/{GTIN}"}

    async def test_a_claim_that_an_operator_says_a_prefix_supports(
        self, services: Services, organization: UUID, product: dict[str, Any]
    ) -> None:
        await put_at(services, ClaimStatus.UNVERIFIED, await make_brand(services, organization))
        async with services.database.transaction() as connection:
            await Claims(services.clock).move(connection, GTIN, ClaimEvent.PREFIX_FOUND)
        await do_jobs(services)
        assert await read_tier(services) == VERIFIED

    @pytest.mark.usefixtures("matched")
    async def test_a_brand_that_moves_to_the_domain(
        self, services: Services, brands_client: httpx2.AsyncClient, organization: UUID
    ) -> None:
        brand = await make_brand(services, organization, "")
        await put_at(services, MATCHED, brand)
        await brands_client.patch(f"/brands/{to_short(brand)}", json={"website": "https://other.example/"})
        await do_jobs(services)
        assert await read_tier(services) == MATCHED
        await brands_client.patch(f"/brands/{to_short(brand)}", json={"website": WEBSITE})
        await do_jobs(services)
        assert await read_tier(services) == VERIFIED

    @pytest.mark.usefixtures("matched")
    async def test_a_brand_that_becomes_the_organizations_own(
        self, services: Services, brands_client: httpx2.AsyncClient, organization: UUID
    ) -> None:
        await put_at(services, MATCHED, await make_brand(services, None))
        body = {"organization_id": to_short(organization), "name": "Oats"}
        assert (await brands_client.post("/brands", json=body)).status_code == 201
        await do_jobs(services)
        assert await read_tier(services) == VERIFIED

    @pytest.mark.usefixtures("matched")
    async def test_a_brand_of_a_file(self, services: Services, organization: UUID) -> None:
        await put_at(services, MATCHED, await make_brand(services, organization, ""))
        line = f'{{"type": "brand", "name": "Oats", "website": "{WEBSITE}"}}'
        await import_lines(
            services.database,
            [line],
            organization_id=organization,
            principal=make_principal(organization),
            clock=services.clock,
        )
        await do_jobs(services)
        assert await read_tier(services) == VERIFIED

    @pytest.mark.usefixtures("matched")
    async def test_a_product_that_gets_the_brand(
        self, services: Services, client: httpx2.AsyncClient, organization: UUID
    ) -> None:
        brand = await make_brand(services, organization)
        assert (await client.patch(PATH, json={"brand_id": to_short(brand)})).status_code == 200
        await do_jobs(services)
        assert await read_tier(services) == VERIFIED

    @pytest.mark.usefixtures("matched")
    async def test_a_product_that_gets_the_brand_from_a_file(
        self, services: Services, client: httpx2.AsyncClient, organization: UUID
    ) -> None:
        await make_brand(services, organization)
        await client.post("/import/csv", files={"file": ("a.csv", f"gtin,brand\n{GTIN},Oats\n".encode())})
        await do_jobs(services)
        assert await read_tier(services) == VERIFIED
