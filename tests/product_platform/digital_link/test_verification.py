"""Serials over the API: what a key is told, what owners say, and what becomes of both in the slices."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from product_platform.digital_link.repository.scans import ScanRow, make_partitions, store_scans
from product_platform.digital_link.service.assessment import Thresholds
from product_platform.digital_link.service.verification import Verification
from product_platform.kit.clock import FixedClock
from product_platform.kit.db import Database
from product_platform.kit.ids import to_short
from product_platform.kit.permissions import Role
from product_platform.kit.services import Services
from product_platform.products import SerialName
from tests.product_platform.catalogue import clear_outbox, make_organization, make_principal, read_outbox
from tests.product_platform.digital_link.conftest import (
    GTIN,
    OTHER_GTIN,
    codes,
    make_product,
    make_resolver_client,
)

pytestmark = pytest.mark.servers

SERIAL = "S-0042"
NAME = SerialName(GTIN, SERIAL)
VERIFY = f"/verify/01/{GTIN}/21/{SERIAL}"
KEYS = {f"01/{GTIN}", f"01/{GTIN}/21/{SERIAL}"}
VICTORIA, SEATTLE = (48.4284, -123.3656), (47.6062, -122.3321)


@pytest.fixture
async def retailer(database: Database) -> UUID:
    return await make_organization(database, "Harbour Foods")


@pytest.fixture
async def shop(services: Services, retailer: UUID, product: UUID) -> AsyncIterator[httpx2.AsyncClient]:
    """Act for an organization that does not own the product."""
    async with make_resolver_client(services, make_principal(retailer)) as client:
        yield client


@pytest.fixture
def serials_path(organization: UUID, product: UUID) -> str:
    return f"/organizations/{to_short(organization)}/serials"


@pytest.fixture
def verification(clock: FixedClock) -> Verification:
    return Verification(clock, Thresholds())


async def scan_as_shopper(database: Database, clock: FixedClock, times: int, **fields: Any) -> None:
    at = clock.now()
    row = ScanRow(
        day=at.date(), event_id=b"", at=at, key=f"01/{GTIN}/21/{SERIAL}", gtin=GTIN, lot=None, serial=SERIAL,
        organization_id=None, brand_id=None, rule_id=None, outcome="redirect", country=None,
        device="mobile", is_bot=False,
    )._replace(**fields)  # fmt: skip
    async with database.transaction() as connection:
        await make_partitions(connection, [row.day])
        await store_scans(connection, [row._replace(event_id=uuid4().bytes) for _ in range(times)])


async def scan_as_retailer(
    database: Database, retailer: UUID, clock: FixedClock, place: tuple[float, float]
) -> None:
    await database.pool.execute(
        "INSERT INTO retailer_scans (gtin, serial, organization_id, at, latitude, longitude)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        GTIN, SERIAL, retailer, clock.now(), *place,
    )  # fmt: skip


async def state_of(database: Database) -> str | None:
    state: str | None = await database.pool.fetchval("SELECT state FROM serials WHERE serial = $1", SERIAL)
    return state


class TestVerify:
    async def test_a_serial_that_nobody_scanned(self, shop: httpx2.AsyncClient) -> None:
        answer = await shop.get(VERIFY)
        assert answer.status_code == 200
        assert list(answer.json().items()) == [
            ("verificationStatus", "authentic"),
            ("gtin", GTIN),
            ("serialNumber", SERIAL),
            ("verifiedAt", "2026-03-01T12:00:00Z"),
            ("recommendation", "proceed"),
            ("scanHistory", None),
            ("anomalies", []),
        ]
        assert answer.headers["cache-control"] == "no-store"

    async def test_path_values_are_echoed_and_read_with_padding(self, shop: httpx2.AsyncClient) -> None:
        await shop.get(VERIFY)
        body = (await shop.get(f"/verify/01/{GTIN[1:]}/21/{SERIAL}/")).json()
        assert (body["gtin"], body["serialNumber"]) == (GTIN[1:], SERIAL)
        assert body["scanHistory"]["totalScans"] == 1

    async def test_a_slash_belongs_to_the_serial(self, shop: httpx2.AsyncClient) -> None:
        assert (await shop.get(f"/verify/01/{GTIN}/21/A%2FB")).json()["serialNumber"] == "A/B"

    async def test_history_counts_both_kinds_of_scans(
        self, shop: httpx2.AsyncClient, database: Database, retailer: UUID, clock: FixedClock
    ) -> None:
        await scan_as_shopper(database, clock, 3)
        await scan_as_shopper(database, clock, 5, is_bot=True)
        clock.advance(3600)
        await scan_as_retailer(database, retailer, clock, VICTORIA)
        assert (await shop.get(VERIFY)).json()["scanHistory"] == {
            "totalScans": 4,
            "consumerScans": 3,
            "retailerScans": 1,
            "distinctRetailLocations": 1,
            "firstSeen": "2026-03-01T12:00:00Z",
        }

    async def test_the_owner_leaves_no_scan(self, client: httpx2.AsyncClient, product: UUID) -> None:
        await client.get(VERIFY)
        assert (await client.get(VERIFY)).json()["scanHistory"] is None

    async def test_an_unknown_product_is_authentic_and_leaves_no_scan(self, shop: httpx2.AsyncClient) -> None:
        for _ in range(2):
            body = (await shop.get(f"/verify/01/{OTHER_GTIN}/21/1")).json()
            assert (body["verificationStatus"], body["scanHistory"]) == ("authentic", None)

    @pytest.mark.parametrize(
        ("path", "field", "code"),
        [
            ("/verify/01/123/21/1", "path.gtin", "invalid_gtin"),
            (f"/verify/01/{GTIN}/21/{'x' * 21}", "path.serial_number", "invalid_serial"),
            (f"/verify/01/{GTIN}/21/%C3%A9", "path.serial_number", "invalid_serial"),
            ("/verify/01/x/21/%20", "path.gtin", "invalid_gtin"),
        ],
    )
    async def test_bad_input(self, shop: httpx2.AsyncClient, path: str, field: str, code: str) -> None:
        assert codes(await shop.get(path)) == {field: code}

    async def test_without_a_key_it_is_for_the_edge(self, services: Services, product: UUID) -> None:
        async with make_resolver_client(services, None) as anonymous:
            assert (await anonymous.get(VERIFY)).status_code == 401


class TestStates:
    """Each status of the contract, as the full tier tells it and as it is published."""

    async def test_retailers_far_apart(
        self, shop: httpx2.AsyncClient, database: Database, retailer: UUID, clock: FixedClock
    ) -> None:
        await scan_as_retailer(database, retailer, clock, VICTORIA)
        clock.advance(2 * 3600)
        await scan_as_retailer(database, retailer, clock, SEATTLE)
        body = (await shop.get(VERIFY)).json()
        assert (body["verificationStatus"], body["recommendation"]) == (
            "counterfeit_suspected",
            "flag_for_review",
        )
        assert body["anomalies"] == [
            {
                "type": "duplicate_retail_scan",
                "description": "Scanned by shops 119 km apart within 2 hours.",
                "priorEvent": {
                    "location": "48.4284,-123.3656",
                    "retailer": "Harbour Foods",
                    "scannedAt": "2026-03-01T12:00:00Z",
                },
            }
        ]
        assert await state_of(database) == "counterfeit_suspected"
        assert await read_outbox(database) == KEYS

    async def test_faster_than_anything(
        self, shop: httpx2.AsyncClient, database: Database, retailer: UUID, clock: FixedClock
    ) -> None:
        await scan_as_retailer(database, retailer, clock, VICTORIA)
        clock.advance(180)
        await scan_as_retailer(database, retailer, clock, (49.2827, -123.1207))
        body = (await shop.get(VERIFY)).json()
        assert body["verificationStatus"] == "suspect"
        assert [anomaly["type"] for anomaly in body["anomalies"]] == ["impossible_travel"]

    async def test_one_serial_under_two_products_at_the_same_time(
        self, shop: httpx2.AsyncClient, database: Database, organization: UUID
    ) -> None:
        await make_product(database, OTHER_GTIN, organization)
        await database.pool.execute(
            """
            WITH made AS (
                INSERT INTO lots (product_id, code, production_date, expiry_date)
                SELECT id, 'L', '2026-01-01', '2026-12-31' FROM products RETURNING id, product_id
            )
            INSERT INTO serials (product_id, serial, lot_id) SELECT product_id, $1, id FROM made
            """,
            SERIAL,
        )
        body = (await shop.get(VERIFY)).json()
        assert body["verificationStatus"] == "serialization_error"
        assert [anomaly["type"] for anomaly in body["anomalies"]] == ["serial_conflict"]

    async def test_a_serial_without_dates_conflicts_with_nothing(
        self, shop: httpx2.AsyncClient, database: Database, organization: UUID
    ) -> None:
        await make_product(database, OTHER_GTIN, organization)
        await database.pool.execute(
            "INSERT INTO serials (product_id, serial) SELECT id, $1 FROM products", SERIAL
        )
        assert (await shop.get(VERIFY)).json()["verificationStatus"] == "authentic"


class TestNotice:
    async def notice(self, database: Database, verification: Verification) -> None:
        async with database.transaction() as connection:
            await verification.notice(connection, {NAME})

    async def test_too_many_scans_make_a_serial_suspect_whether_it_is_stored_or_not(
        self, database: Database, verification: Verification, clock: FixedClock, product: UUID
    ) -> None:
        await scan_as_shopper(database, clock, 21)
        await self.notice(database, verification)
        assert await state_of(database) == "suspect"
        assert await read_outbox(database) == KEYS

    async def test_twenty_scans_and_bots_do_not(
        self, database: Database, verification: Verification, clock: FixedClock, product: UUID
    ) -> None:
        await scan_as_shopper(database, clock, 20)
        await scan_as_shopper(database, clock, 5, is_bot=True)
        await self.notice(database, verification)
        assert await state_of(database) is None
        assert await read_outbox(database) == set()

    async def test_scans_of_yesterday_do_not_count(
        self, database: Database, verification: Verification, clock: FixedClock, product: UUID
    ) -> None:
        await scan_as_shopper(database, clock, 20)
        clock.advance(24 * 3600)
        await scan_as_shopper(database, clock, 1)
        await self.notice(database, verification)
        assert await state_of(database) is None

    async def test_a_warning_is_taken_back_when_its_scans_are_old(
        self, database: Database, verification: Verification, clock: FixedClock, product: UUID
    ) -> None:
        await scan_as_shopper(database, clock, 21)
        await self.notice(database, verification)
        await clear_outbox(database)
        clock.advance(timedelta(hours=25).total_seconds())
        async with database.transaction() as connection:
            await verification.review(connection)
        assert await state_of(database) == "authentic"
        assert await read_outbox(database) == KEYS


class TestPutState:
    async def test_a_flag_is_set_published_and_told(
        self, client: httpx2.AsyncClient, shop: httpx2.AsyncClient, database: Database, serials_path: str
    ) -> None:
        path = f"{serials_path}/{GTIN}/{SERIAL}"
        answer = await client.put(path, json={"state": "counterfeit_suspected"})
        assert answer.json() == {"gtin": GTIN, "serial": SERIAL, "state": "counterfeit_suspected"}
        assert await read_outbox(database) == KEYS
        assert (await shop.get(VERIFY)).json()["verificationStatus"] == "counterfeit_suspected"

    async def test_a_flag_is_cleared(
        self, client: httpx2.AsyncClient, shop: httpx2.AsyncClient, database: Database, serials_path: str
    ) -> None:
        path = f"{serials_path}/{GTIN}/{SERIAL}"
        await client.put(path, json={"state": "suspect"})
        await clear_outbox(database)
        await client.put(path, json={"state": "authentic"})
        assert await read_outbox(database) == KEYS
        assert (await shop.get(VERIFY)).json()["verificationStatus"] == "authentic"

    async def test_the_same_again_publishes_nothing(
        self, client: httpx2.AsyncClient, database: Database, serials_path: str
    ) -> None:
        path = f"{serials_path}/{GTIN}/{SERIAL}"
        await client.put(path, json={"state": "suspect"})
        await clear_outbox(database)
        await client.put(path, json={"state": "suspect"})
        assert await read_outbox(database) == set()

    async def test_review_leaves_a_flag_alone(
        self,
        client: httpx2.AsyncClient,
        database: Database,
        verification: Verification,
        serials_path: str,
    ) -> None:
        await client.put(f"{serials_path}/{GTIN}/{SERIAL}", json={"state": "suspect"})
        async with database.transaction() as connection:
            await verification.review(connection)
        assert await state_of(database) == "suspect"

    @pytest.mark.parametrize("role", [Role.EDITOR, Role.READONLY])
    async def test_whoever_may_not_change_rules_finds_nothing(
        self, services: Services, organization: UUID, serials_path: str, role: Role
    ) -> None:
        async with make_resolver_client(services, make_principal(organization, role=role)) as client:
            path = f"{serials_path}/{GTIN}/{SERIAL}"
            assert (await client.put(path, json={"state": "suspect"})).status_code == 404

    async def test_another_organization_finds_nothing(
        self, shop: httpx2.AsyncClient, retailer: UUID, serials_path: str
    ) -> None:
        for path in (serials_path, f"/organizations/{to_short(retailer)}/serials"):
            answer = await shop.put(f"{path}/{GTIN}/{SERIAL}", json={"state": "suspect"})
            assert answer.status_code == 404

    async def test_an_unknown_state_is_refused(self, client: httpx2.AsyncClient, serials_path: str) -> None:
        answer = await client.put(f"{serials_path}/{GTIN}/{SERIAL}", json={"state": "fine"})
        assert answer.status_code == 422


class TestUpload:
    async def send(self, client: httpx2.AsyncClient, path: str, body: str, media_type: str) -> Any:
        answer = await client.post(f"{path}/bulk", content=body, headers={"Content-Type": media_type})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def test_json_lines(
        self, client: httpx2.AsyncClient, database: Database, serials_path: str
    ) -> None:
        body = (
            f'{{"gtin": "{GTIN}", "serial": "{SERIAL}", "state": "suspect"}}\n\n'
            f'{{"gtin": "{GTIN[1:]}", "serial": "2", "state": "authentic"}}\n'
        )
        report = await self.send(client, serials_path, body, "application/x-ndjson")
        assert report == {"status": "completed", "lines": 2, "changed": 2, "errors": []}
        assert await state_of(database) == "suspect"
        assert await read_outbox(database) == {*KEYS, f"01/{GTIN}/21/2"}

    async def test_csv(self, client: httpx2.AsyncClient, database: Database, serials_path: str) -> None:
        body = f"gtin,serial,state\r\n{GTIN},{SERIAL},suspect\r\n"
        report = await self.send(client, serials_path, body, "text/csv; charset=utf-8")
        assert (report["lines"], report["changed"], report["errors"]) == (1, 1, [])
        assert await state_of(database) == "suspect"

    async def test_bad_lines_are_reported_and_the_others_stored(
        self, client: httpx2.AsyncClient, database: Database, serials_path: str
    ) -> None:
        lines = (f"{OTHER_GTIN},1,suspect", f"{GTIN},{SERIAL},suspect", f"{GTIN},2,fine", "123,3,suspect")
        body = "\n".join(("gtin,serial,state", *lines))
        report = await self.send(client, serials_path, body, "text/csv")
        assert [(error["line"], error["field"]) for error in report["errors"]] == [
            (2, "gtin"),
            (4, "state"),
            (5, "gtin"),
        ]
        assert report["errors"][0]["code"] == "foreign_product"
        assert (report["lines"], report["changed"]) == (4, 1)
        assert await state_of(database) == "suspect"

    async def test_the_later_of_two_lines_counts(
        self, client: httpx2.AsyncClient, database: Database, serials_path: str
    ) -> None:
        body = f"gtin,serial,state\n{GTIN},{SERIAL},suspect\n{GTIN},{SERIAL},counterfeit_suspected\n"
        await self.send(client, serials_path, body, "text/csv")
        assert await state_of(database) == "counterfeit_suspected"

    async def test_too_many_lines_change_nothing(
        self, client: httpx2.AsyncClient, database: Database, serials_path: str
    ) -> None:
        body = "gtin,serial,state\n" + "".join(f"{GTIN},{number},suspect\n" for number in range(10_001))
        answer = await client.post(f"{serials_path}/bulk", content=body, headers={"Content-Type": "text/csv"})
        assert codes(answer) == {"body": "too_many_lines"}
        assert await read_outbox(database) == set()

    async def test_ten_thousand_lines_are_taken(self, client: httpx2.AsyncClient, serials_path: str) -> None:
        body = "gtin,serial,state\n" + "".join(f"{GTIN},{number},suspect\n" for number in range(10_000))
        report = await self.send(client, serials_path, body, "text/csv")
        assert (report["lines"], report["changed"]) == (10_000, 10_000)

    async def test_what_is_neither_is_refused(self, client: httpx2.AsyncClient, serials_path: str) -> None:
        assert (await client.post(f"{serials_path}/bulk", json=[])).status_code == 415

    async def test_what_is_no_text_is_refused(self, client: httpx2.AsyncClient, serials_path: str) -> None:
        answer = await client.post(
            f"{serials_path}/bulk", content=b"\xff\xfe", headers={"Content-Type": "text/csv"}
        )
        assert answer.status_code == 400
