"""Scan analytics over HTTP."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from product_platform.dashboard import router
from product_platform.kit.ids import to_short
from product_platform.kit.permissions import Principal
from product_platform.kit.services import Services
from tests.product_platform.catalogue import make_organization, make_principal
from tests.product_platform.clients import make_app, make_client

pytestmark = pytest.mark.servers

PATH = "/brand-analytics/scans"
NOBODY = UUID(int=0)
TODAY = date(2026, 3, 1)


@pytest.fixture
async def organization(services: Services) -> UUID:
    return await make_organization(services.database)


def make_dashboard_client(services: Services, principal: Principal) -> httpx2.AsyncClient:
    return make_client(make_app("Dashboard", router), services, principal)


@pytest.fixture
async def client(services: Services, organization: UUID) -> AsyncIterator[httpx2.AsyncClient]:
    async with make_dashboard_client(services, make_principal(organization)) as client:
        yield client


async def count(services: Services, organization: UUID, **fields: Any) -> None:
    values = {
        "day": TODAY,
        "hour": 9,
        "gtin": "09506000134352",
        "organization_id": organization,
        "brand_id": NOBODY,
        "country": "CA",
        "device": "mobile",
        "is_bot": False,
        "scans": 1,
    } | fields
    places = ", ".join(f"${at}" for at in range(1, len(values) + 1))
    await services.database.pool.execute(
        f"INSERT INTO scan_counts ({', '.join(values)}) VALUES ({places})", *values.values()
    )


class TestScans:
    async def test_counts_by_product_country_and_day(
        self, client: httpx2.AsyncClient, services: Services, organization: UUID
    ) -> None:
        await services.database.pool.execute(
            "INSERT INTO products (gtin, product_name) VALUES ('09506000134352', 'Oat drink')"
        )
        await count(services, organization, scans=5)
        await count(services, organization, scans=2, country="", device="desktop", hour=10)
        await count(services, organization, scans=3, is_bot=True, device="bot")
        await count(services, organization, scans=4, gtin="09520000100018", day=date(2026, 2, 27))
        await count(services, await make_organization(services.database, "Cedar"), scans=100)
        answer = await client.get(PATH, params={"since": "2026-02-27"})
        assert answer.status_code == 200
        assert answer.json() == {
            "organization_id": to_short(organization),
            "window": {"since": "2026-02-27", "until": "2026-03-01"},
            "total_scans": 14,
            "billable_scans": 11,
            "bot_scans": 3,
            "top_products": [
                {
                    "gtin": "09506000134352",
                    "product_name": "Oat drink",
                    "brand": "",
                    "scans": 10,
                    "billable_scans": 7,
                    "by_country": {"CA": 8, "ZZ": 2},
                    "by_device": {"bot": 3, "desktop": 2, "mobile": 5},
                },
                {
                    "gtin": "09520000100018",
                    "product_name": "",
                    "brand": "",
                    "scans": 4,
                    "billable_scans": 4,
                    "by_country": {"CA": 4},
                    "by_device": {"mobile": 4},
                },
            ],
            "by_country": {"CA": 12, "ZZ": 2},
            "by_day": [
                {"date": "2026-02-27", "scans": 4},
                {"date": "2026-02-28", "scans": 0},
                {"date": "2026-03-01", "scans": 10},
            ],
        }

    async def test_the_window_is_thirty_days_unless_given(self, client: httpx2.AsyncClient) -> None:
        body = (await client.get(PATH)).json()
        assert body["window"] == {"since": "2026-01-30", "until": "2026-03-01"}
        assert len(body["by_day"]) == 31

    async def test_ties_are_broken_by_gtin(
        self, client: httpx2.AsyncClient, services: Services, organization: UUID
    ) -> None:
        for gtin in ("00000000000033", "00000000000011", "00000000000022"):
            await count(services, organization, gtin=gtin)
        body = (await client.get(PATH, params={"top": 2})).json()
        assert [product["gtin"] for product in body["top_products"]] == ["00000000000011", "00000000000022"]

    async def test_one_brand(
        self, client: httpx2.AsyncClient, services: Services, organization: UUID
    ) -> None:
        brand = await services.database.pool.fetchval(
            "INSERT INTO brands (organization_id, name, name_key) VALUES ($1, 'A', 'a') RETURNING id",
            organization,
        )
        await count(services, organization)
        await count(services, organization, brand_id=brand, scans=2)
        body = (await client.get(PATH, params={"brand_id": to_short(brand)})).json()
        assert body["total_scans"] == 2

    async def test_the_brand_of_another(
        self, client: httpx2.AsyncClient, services: Services, organization: UUID
    ) -> None:
        brand = await services.database.pool.fetchval(
            "INSERT INTO brands (name, name_key) VALUES ('A', 'a') RETURNING id"
        )
        assert (await client.get(PATH, params={"brand_id": to_short(brand)})).status_code == 404

    @pytest.mark.parametrize(
        "params",
        [
            {"since": "2026-03-02"},
            {"since": "2026-02-02", "until": "2026-02-01"},
            {"since": "0001-01-01"},
            {"top": "0"},
            {"top": "101"},
            {"until": "soon"},
            {"organization_id": "x"},
        ],
        ids=str,
    )
    async def test_refusals(self, client: httpx2.AsyncClient, params: dict[str, str]) -> None:
        assert (await client.get(PATH, params=params)).status_code == 422

    async def test_a_stranger_sees_nothing(self, services: Services, organization: UUID) -> None:
        async with make_dashboard_client(services, make_principal(uuid4())) as stranger:
            params = {"organization_id": to_short(organization)}
            assert (await stranger.get(PATH, params=params)).status_code == 404

    async def test_a_member_of_several_says_which(self, services: Services, organization: UUID) -> None:
        async with make_dashboard_client(services, make_principal(organization, uuid4())) as member:
            assert (await member.get(PATH)).status_code == 400
            params = {"organization_id": to_short(organization)}
            assert (await member.get(PATH, params=params)).status_code == 200
