"""Count scans: from the stream that edges write to rows and roll-ups, each scan once."""

import contextlib
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote
from uuid import UUID

import structlog
from asyncpg import DataError, LockNotAvailableError
from pydantic import TypeAdapter
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from product_platform.digital_link.repository.scans import (
    ScanRow,
    drop_partition,
    make_partitions,
    store_scans,
)
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection, Database
from product_platform.kit.ids import from_short
from product_platform.products import SerialName
from rules_compiler.scan import FIELD, STREAM, Scan, unpack_scans

_log = structlog.get_logger(__name__)

GROUP: Final = "counters"
DEAD_STREAM: Final = f"{STREAM}:dead"
"""Entries that cannot be read, kept for somebody to look at."""

_DEAD_MAX: Final = 10_000
_ENTRIES_AT_ONCE: Final = 200
_ABANDONED_AFTER_MS: Final = 60_000

# Raw scans are kept so long, and no scan is from the future but for a clock that runs ahead.
_OLDEST: Final = timedelta(days=90)
_NEWEST: Final = timedelta(days=1)

# Bytes of any shape may come in; what is no list of scans raises a ValueError.
_SCANS: Final = TypeAdapter(list[Scan])

Entry = tuple[bytes, dict[bytes, bytes]]
"""An entry of the stream: its id and its fields."""


Notice = Callable[[Connection, Collection[SerialName]], Awaitable[None]]
"""Hears which serials shoppers have scanned, in the transaction that counts the scans."""


class Scans:
    """One consumer of the stream of scans, known to the others by its *name*."""

    def __init__(
        self,
        database: Database,
        bus: Redis,
        clock: Clock,
        *,
        name: str,
        notice: Notice | None = None,
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._name = name
        self._notice = notice
        self._partitions: set[date] = set()

    async def join(self) -> None:
        """Make the consumer group if it is not there, as after the loss of the whole stream."""
        try:
            await self._bus.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    async def resume(self) -> None:
        """Count what this consumer took and was kept from finishing, as by the loss of the bus."""
        while entries := await self._read_group("0"):
            # What is gone from the stream has no fields.
            await self._count([entry for entry in entries if entry[1]])
            await self._forget(entries)

    async def consume(self, *, wait_ms: int) -> int:
        """Count what is new in the stream and return the number of its entries, 0 after *wait_ms*."""
        entries = await self._read_group(">", wait_ms=wait_ms)
        await self._count(entries)
        return len(entries)

    async def reclaim(self, *, idle_ms: int = _ABANDONED_AFTER_MS) -> int:
        """Count what another consumer took and did not finish in *idle_ms*, and return how much."""
        answer: Any = await self._bus.xautoclaim(
            STREAM, GROUP, self._name, idle_ms, "0", count=_ENTRIES_AT_ONCE
        )
        # What was trimmed from the stream while it was pending has no fields.
        entries: list[Entry] = [entry for entry in answer[1] if entry[1]]
        await self._count(entries)
        return len(entries)

    async def make_partitions(self, days_ahead: int = 2) -> None:
        """Have the partitions of today and of the next days ready before their first scan."""
        today = self._clock.now().date()
        await self._ensure({today + timedelta(days=ahead) for ahead in range(days_ahead + 1)})

    async def drop_old(self) -> int:
        """Delete the days of which every scan is older than 90 days; return how many there were.

        A day that somebody is reading is left for the next time.
        """
        oldest_kept = (self._clock.now() - _OLDEST).date()
        dropped = 0
        with contextlib.suppress(LockNotAvailableError):
            while await self._drop_one(oldest_kept):
                dropped += 1
        return dropped

    async def _drop_one(self, before: date) -> bool:
        async with self._database.transaction() as connection:
            day = await drop_partition(connection, before)
        if day is None:
            return False
        self._partitions.discard(day)
        _log.info("old scans deleted", day=day.isoformat())
        return True

    async def _read_group(self, after: str, *, wait_ms: int | None = None) -> list[Entry]:
        """Return entries for this consumer: new ones after ">", those that it has already after "0"."""
        answer: Any = await self._bus.xreadgroup(
            GROUP, self._name, {STREAM: after}, count=_ENTRIES_AT_ONCE, block=wait_ms
        )
        entries: list[Entry] = answer[0][1] if answer else []
        return entries

    async def _count(self, entries: Sequence[Entry]) -> None:
        """Store *entries*, and only then acknowledge them."""
        if not entries:
            return
        readable: list[tuple[Entry, list[ScanRow]]] = []
        for entry in entries:
            try:
                readable.append((entry, self._read(entry)))
            except ValueError as error:
                await self._set_aside(entry, error)
        await self._store(readable)
        await self._forget([entry for entry, _ in readable])

    async def _store(self, readable: Sequence[tuple[Entry, list[ScanRow]]]) -> None:
        rows = [row for _, rows in readable for row in rows]
        await self._ensure({row.day for row in rows})
        try:
            async with self._database.transaction() as connection:
                await store_scans(connection, rows)
                await self._tell_serials(connection, rows)
        except DataError as error:
            if len(readable) == 1:
                await self._set_aside(readable[0][0], error)
                return
            # One of them is at fault: alone, it hurts nobody else.
            for one in readable:
                await self._store([one])

    async def _tell_serials(self, connection: Connection, rows: Sequence[ScanRow]) -> None:
        names = {
            SerialName(row.gtin, row.serial) for row in rows if row.gtin and row.serial and not row.is_bot
        }
        if names and self._notice is not None:
            await self._notice(connection, names)

    def _read(self, entry: Entry) -> list[ScanRow]:
        packed = entry[1].get(FIELD)
        if packed is None:
            raise ValueError("no scans in the entry")
        return [self._to_row(scan) for scan in _SCANS.validate_python(unpack_scans(packed), strict=True)]

    def _to_row(self, scan: Scan) -> ScanRow:
        at = _to_datetime(scan.at)
        now = self._clock.now()
        if not now - _OLDEST <= at <= now + _NEWEST:
            raise ValueError(f"a scan at {at.isoformat()}, too far from now")
        ais = _read_key(scan.key)
        return ScanRow(
            day=at.date(),
            event_id=scan.id,
            at=at,
            key=scan.key,
            gtin=ais.get("01"),
            lot=ais.get("10"),
            serial=ais.get("21"),
            organization_id=_to_uuid(scan.organization_id),
            brand_id=_to_uuid(scan.brand_id),
            rule_id=_to_uuid(scan.rule_id),
            outcome=scan.outcome,
            country=scan.country,
            device=scan.device,
            is_bot=scan.is_bot,
        )

    async def _ensure(self, days: set[date]) -> None:
        missing = days - self._partitions
        if missing:
            async with self._database.transaction() as connection:
                await make_partitions(connection, missing)
            self._partitions |= missing

    async def _set_aside(self, entry: Entry, error: Exception) -> None:
        entry_id, fields = entry
        _log.error("scans set aside", entry=entry_id.decode(), error=type(error).__name__, reason=str(error))
        kept: Any = {b"entry": entry_id, **fields}
        await self._bus.xadd(DEAD_STREAM, kept, maxlen=_DEAD_MAX, approximate=True)
        await self._forget([entry])

    async def _forget(self, entries: Sequence[Entry]) -> None:
        ids = [entry_id for entry_id, _ in entries]
        if not ids:
            return
        async with self._bus.pipeline(transaction=True) as pipeline:
            pipeline.xack(STREAM, GROUP, *ids)
            pipeline.xdel(STREAM, *ids)
            await pipeline.execute()


def _read_key(key: str) -> dict[str, str]:
    """Return the values of a canonical path by their AIs."""
    parts = key.split("/")
    return dict(zip(parts[::2], map(unquote, parts[1::2]), strict=True))


def _to_datetime(at: float) -> datetime:
    try:
        return datetime.fromtimestamp(at, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("a scan at an impossible time") from error


def _to_uuid(text: str | None) -> UUID | None:
    return None if text is None else from_short(text)
