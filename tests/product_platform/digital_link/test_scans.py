"""Every scan counts once, whatever is delivered twice, torn or unreadable."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias
from uuid import UUID

import pytest

from product_platform.digital_link.repository import scans as scans_repository
from product_platform.digital_link.service.scans import DEAD_STREAM, GROUP, Scans
from product_platform.kit.clock import FixedClock
from product_platform.kit.db import Connection
from product_platform.kit.ids import to_short
from product_platform.kit.services import Services
from product_platform.products import SerialName
from rules_compiler.scan import FIELD, STREAM, Scan, pack_scans
from tests.product_platform.digital_link.conftest import GTIN

pytestmark = pytest.mark.servers

ORGANIZATION = UUID(int=7)

Days: TypeAlias = Callable[[], Awaitable[list[str]]]


def make_scan(clock: FixedClock, **fields: Any) -> Scan:
    defaults: dict[str, Any] = {
        "id": os.urandom(16),
        "at": clock.now().timestamp(),
        "key": f"01/{GTIN}",
        "organization_id": to_short(ORGANIZATION),
        "brand_id": None,
        "rule_id": None,
        "outcome": "REDIRECT",
        "country": "CA",
        "device": "mobile",
        "is_bot": False,
    }
    return Scan(**(defaults | fields))


@pytest.fixture
async def scans(services: Services) -> Scans:
    await services.bus.delete(STREAM, DEAD_STREAM)
    scans = Scans(services.database, services.bus, services.clock, name="first")
    await scans.join()
    return scans


@dataclass
class Stream:
    services: Services

    async def add(self, *batch: Scan) -> None:
        await self.services.bus.xadd(STREAM, {FIELD: pack_scans(list(batch))})

    async def counted(self) -> int:
        total: int = await self.services.database.pool.fetchval(
            "SELECT coalesce(sum(scans), 0)::int FROM scan_counts"
        )
        return total

    async def pending(self) -> int:
        summary: Any = await self.services.bus.xpending(STREAM, GROUP)
        return int(summary["pending"])


@pytest.fixture
def stream(services: Services) -> Stream:
    return Stream(services)


class TestConsume:
    async def test_scans_are_stored_with_their_identifiers(
        self, scans: Scans, stream: Stream, clock: FixedClock
    ) -> None:
        await stream.add(make_scan(clock, key=f"01/{GTIN}/10/A%2FB/21/S1"))
        assert await scans.consume(wait_ms=1) == 1
        row = await stream.services.database.pool.fetchrow("SELECT * FROM scan_events")
        assert row is not None
        assert (row["day"], row["gtin"], row["lot"], row["serial"]) == (date(2026, 3, 1), GTIN, "A/B", "S1")
        assert (row["organization_id"], row["at"]) == (ORGANIZATION, clock.now())

    async def test_serials_that_shoppers_scanned_are_noticed(
        self, scans: Scans, services: Services, stream: Stream, clock: FixedClock
    ) -> None:
        noticed: list[SerialName] = []

        async def notice(_connection: Connection, names: Collection[SerialName]) -> None:
            noticed.extend(names)

        await stream.add(
            make_scan(clock, key=f"01/{GTIN}/10/L/21/A%2FB"),
            make_scan(clock, key=f"01/{GTIN}/21/A%2FB"),
            make_scan(clock, key=f"01/{GTIN}/21/bot", is_bot=True),
            make_scan(clock),
        )
        noticing = Scans(services.database, services.bus, clock, name="second", notice=notice)
        await noticing.consume(wait_ms=1)
        assert noticed == [SerialName(GTIN, "A/B")]

    async def test_equal_scans_are_rolled_up(self, scans: Scans, stream: Stream, clock: FixedClock) -> None:
        await stream.add(make_scan(clock), make_scan(clock), make_scan(clock, country=None, is_bot=True))
        await stream.add(make_scan(clock))
        await scans.consume(wait_ms=1)
        rows = await stream.services.database.pool.fetch(
            "SELECT hour, country, is_bot, scans FROM scan_counts ORDER BY scans"
        )
        assert [tuple(row) for row in rows] == [(12, "", True, 1), (12, "CA", False, 3)]

    async def test_a_scan_that_comes_twice_counts_once(
        self, scans: Scans, stream: Stream, clock: FixedClock
    ) -> None:
        scan = make_scan(clock)
        await stream.add(scan, scan)
        await stream.add(scan)
        await scans.consume(wait_ms=1)
        await stream.add(scan)
        await scans.consume(wait_ms=1)
        assert await stream.counted() == 1

    async def test_a_key_without_a_gtin_is_stored_and_not_counted(
        self, scans: Scans, stream: Stream, clock: FixedClock
    ) -> None:
        await stream.add(make_scan(clock, key="414/9520000100117"))
        await scans.consume(wait_ms=1)
        assert await stream.services.database.pool.fetchval("SELECT count(*) FROM scan_events") == 1
        assert await stream.counted() == 0

    async def test_what_is_counted_leaves_the_stream(
        self, scans: Scans, stream: Stream, clock: FixedClock
    ) -> None:
        await stream.add(make_scan(clock))
        await scans.consume(wait_ms=1)
        assert await stream.pending() == 0
        assert await stream.services.bus.xlen(STREAM) == 0

    async def test_nothing_new(self, scans: Scans) -> None:
        assert await scans.consume(wait_ms=1) == 0


class TestReclaim:
    async def test_a_dead_consumer_loses_nothing(
        self, scans: Scans, stream: Stream, clock: FixedClock
    ) -> None:
        await stream.add(make_scan(clock))
        await stream.services.bus.xreadgroup(GROUP, "dead", {STREAM: ">"})
        assert await scans.reclaim(idle_ms=0) == 1
        assert (await stream.counted(), await stream.pending()) == (1, 0)

    async def test_stored_but_not_acknowledged_counts_once(
        self, scans: Scans, stream: Stream, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await stream.add(make_scan(clock))

        async def crash(*_: object) -> None:
            raise ConnectionError

        with monkeypatch.context() as patch:
            patch.setattr(scans, "_forget", crash)
            with pytest.raises(ConnectionError):
                await scans.consume(wait_ms=1)
        assert (await stream.counted(), await stream.pending()) == (1, 1)
        await scans.reclaim(idle_ms=0)
        assert (await stream.counted(), await stream.pending()) == (1, 0)

    async def test_a_consumer_finishes_what_it_took_before_it_was_interrupted(
        self, scans: Scans, stream: Stream, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await stream.add(make_scan(clock))
        await stream.add(make_scan(clock))

        async def crash(*_: object) -> None:
            raise ConnectionError

        with monkeypatch.context() as patch:
            patch.setattr(scans, "_store", crash)
            with pytest.raises(ConnectionError):
                await scans.consume(wait_ms=1)
        assert (await stream.counted(), await stream.pending()) == (0, 2)
        await scans.resume()
        assert (await stream.counted(), await stream.pending()) == (2, 0)

    async def test_what_was_taken_and_is_gone_from_the_stream_is_let_go(
        self, scans: Scans, stream: Stream, clock: FixedClock
    ) -> None:
        await stream.add(make_scan(clock))
        taken = await stream.services.bus.xreadgroup(GROUP, "first", {STREAM: ">"})
        await stream.services.bus.xdel(STREAM, taken[0][1][0][0])
        await scans.resume()
        assert (await stream.counted(), await stream.pending()) == (0, 0)

    async def test_two_consumers_share_the_work(
        self, scans: Scans, stream: Stream, clock: FixedClock
    ) -> None:
        services = stream.services
        second = Scans(services.database, services.bus, clock, name="second")
        batches = [[make_scan(clock, device=f"device-{n % 7}") for n in range(20)] for _ in range(20)]
        for batch in batches:
            await stream.add(*batch)
            await stream.add(*batch)
        await asyncio.gather(*(consumer.consume(wait_ms=1) for consumer in (scans, second) for _ in range(4)))
        assert await stream.counted() == 400


class TestSetAside:
    @pytest.mark.parametrize(
        "fields",
        [
            {b"other": b"field"},
            {FIELD: b"\xc1"},
            {FIELD: pack_scans([])[:0]},
        ],
        ids=["no scans", "not msgpack", "empty"],
    )
    async def test_an_entry_that_cannot_be_read(
        self, scans: Scans, stream: Stream, fields: dict[Any, Any]
    ) -> None:
        await stream.services.bus.xadd(STREAM, fields)
        await scans.consume(wait_ms=1)
        assert await stream.services.bus.xlen(DEAD_STREAM) == 1
        assert await stream.pending() == 0

    @pytest.mark.parametrize(
        "fields",
        [
            {"key": "01"},
            {"key": 5},
            {"at": "noon"},
            {"at": 1e30},
            {"at": datetime(2020, 1, 1).timestamp()},  # noqa: DTZ001
            {"organization_id": "me"},
            {"device": 5},
            {"device": "\0"},
            {"id": None},
        ],
        ids=str,
    )
    async def test_a_batch_with_an_impossible_scan(
        self, scans: Scans, stream: Stream, clock: FixedClock, fields: dict[str, Any]
    ) -> None:
        await stream.add(make_scan(clock), make_scan(clock, **fields))
        await stream.add(make_scan(clock))
        await scans.consume(wait_ms=1)
        assert await stream.services.bus.xlen(DEAD_STREAM) == 1
        assert (await stream.counted(), await stream.pending()) == (1, 0)


class TestJoin:
    async def test_twice(self, scans: Scans) -> None:
        await scans.join()


class TestMakePartitions:
    async def test_the_next_days_are_ready(self, scans: Scans, stream: Stream) -> None:
        await scans.make_partitions()
        await scans.make_partitions()
        rows = await stream.services.database.pool.fetch(
            "SELECT inhrelid::regclass::text AS name FROM pg_inherits"
            " WHERE inhparent = 'scan_events'::regclass ORDER BY name"
        )
        assert [row["name"] for row in rows] == [
            "scan_events_20260301",
            "scan_events_20260302",
            "scan_events_20260303",
        ]


class TestDropOld:
    @pytest.fixture
    async def days(self, scans: Scans, stream: Stream, clock: FixedClock) -> Days:
        """Let each of four days have a scan, and return what tells the days that are left."""
        for age in (0, 90, 91, 400):
            day = Scans(stream.services.database, stream.services.bus, clock, name="first")
            clock.advance(-age * 86_400)
            await stream.add(make_scan(clock))
            await day.consume(wait_ms=1)
            clock.advance(age * 86_400)

        async def read() -> list[str]:
            rows = await stream.services.database.pool.fetch("SELECT day FROM scan_events ORDER BY day")
            return [row["day"].isoformat() for row in rows]

        return read

    async def test_days_older_than_ninety_are_deleted(self, scans: Scans, days: Days) -> None:
        assert await days() == ["2025-01-25", "2025-11-30", "2025-12-01", "2026-03-01"]
        assert await scans.drop_old() == 2
        assert await days() == ["2025-12-01", "2026-03-01"]
        assert await scans.drop_old() == 0

    @pytest.mark.usefixtures("days")
    async def test_what_was_counted_stays(self, scans: Scans, stream: Stream) -> None:
        await scans.drop_old()
        assert await stream.counted() == 4

    async def test_a_day_that_is_read_is_left_for_the_next_time(
        self,
        scans: Scans,
        services: Services,
        days: Days,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(scans_repository, "_PATIENCE_MS", 1)
        async with services.database.transaction() as reader:
            await reader.execute("SELECT FROM scan_events")
            assert await scans.drop_old() == 0
        assert len(await days()) == 4
        assert await scans.drop_old() == 2

    async def test_a_scan_of_a_deleted_day_is_set_aside(
        self, scans: Scans, stream: Stream, clock: FixedClock
    ) -> None:
        late = make_scan(clock)
        await stream.add(late)
        await scans.consume(wait_ms=1)
        clock.advance(91 * 86_400)
        await scans.drop_old()
        await stream.add(late)
        await scans.consume(wait_ms=1)
        assert await stream.services.bus.xlen(DEAD_STREAM) == 1
