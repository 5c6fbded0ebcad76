"""Report scans without slowing one: a bounded buffer, flushed to a Redis stream by a task.

While Redis is away, or its stream is full, batches go to a spool in the data folder and are sent
later. A full buffer counts what it drops.
"""

import asyncio
import contextlib
import os
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from resolver.devices import device_of
from resolver.spool import Spool
from rules_compiler.model import EpochSeconds
from rules_compiler.scan import FIELD, STREAM, pack_scans

FLUSH_SECONDS = 0.1
MAX_BUFFERED = 50_000
MAX_BATCH = 200
MAX_BATCHES = 50
MAX_STREAM_ENTRIES = 1_000_000

_ID_BYTES = 16
# Of what is remembered to tell devices by; real ones are shorter.
_USER_AGENT_BYTES = 512

_log = structlog.get_logger()


class Subject(NamedTuple):
    """Whose a scan is and what it came to: what all scans that get one answer have in common."""

    organization_id: str | None
    brand_id: str | None
    rule_id: str | None
    outcome: str


Sighting: TypeAlias = tuple[EpochSeconds, bytes, Subject, bytes, str | None]
"""One scan as the hot path notes it: when, of what, whose, by which User-Agent, from which country."""


def to_rows(sightings: Sequence[Sighting]) -> list[tuple[Any, ...]]:
    """Return the fields of the `Scan` that each of *sightings* is, with an id of its own."""
    ids = os.urandom(_ID_BYTES * len(sightings))
    return [
        (
            ids[start : start + _ID_BYTES],
            at,
            key.decode(),
            *subject,
            country,
            *device_of(user_agent[:_USER_AGENT_BYTES]),
        )
        for start, (at, key, subject, user_agent, country) in zip(
            range(0, len(ids), _ID_BYTES), sightings, strict=True
        )
    ]


class ScanReporter:
    """Takes scans from the hot path and hands them to Redis in batches.

    `outcomes` counts by outcome those that it has handed over, `dropped` those that it could not.
    """

    def __init__(self, redis: Redis | None, spool: Spool) -> None:
        self._redis = redis
        self._spool = spool
        self._buffer: deque[Sighting] = deque()
        # INVARIANT: a batch stays here until it is sent or spooled; one that is sent twice counts once.
        self._packed: list[tuple[bytes, int]] = []
        self.dropped = 0
        self.outcomes: Counter[str] = Counter()

    def record(self, sighting: Sighting) -> None:
        """Remember *sighting*; when the buffer is full it is dropped and counted."""
        if len(self._buffer) >= MAX_BUFFERED:
            self.dropped += 1
        else:
            self._buffer.append(sighting)

    @property
    def waiting(self) -> int:
        """How many scans are not yet handed over."""
        return len(self._buffer) + sum(scans for _, scans in self._packed)

    async def run(self) -> None:
        """Flush for ever; ends when cancelled, after a last flush."""
        try:
            while True:
                await asyncio.sleep(FLUSH_SECONDS)
                if await self.flush():
                    await self.replay()
        finally:
            with contextlib.suppress(OSError):
                await asyncio.shield(self.flush())

    async def flush(self) -> bool:
        """Hand over all that is buffered; return whether Redis took it. What it does not take is spooled."""
        is_taken = True
        while self._buffer or self._packed:
            await self._pack()
            is_taken = is_taken and await self._send([packed for packed, _ in self._packed])
            if not is_taken:
                for packed, scans in self._packed:
                    self._keep(packed, scans)
            self._packed.clear()
        return is_taken

    async def _pack(self) -> None:
        """Pack what is buffered, in portions that hold up no request for long."""
        while self._buffer and len(self._packed) < MAX_BATCHES:
            portion = [self._buffer.popleft() for _ in range(min(len(self._buffer), MAX_BATCH))]
            self.outcomes.update([subject.outcome for _, _, subject, _, _ in portion])
            self._packed.append((pack_scans(to_rows(portion)), len(portion)))
            await asyncio.sleep(0)

    async def _send(self, batches: Sequence[bytes]) -> bool:
        if self._redis is None:
            return False
        try:
            if await self._redis.xlen(STREAM) + len(batches) > MAX_STREAM_ENTRIES:
                return False
            pipeline = self._redis.pipeline(transaction=True)
            for packed in batches:
                pipeline.xadd(STREAM, {FIELD: packed})
            await pipeline.execute()
        except (RedisError, OSError):
            return False
        return True

    def _keep(self, packed: bytes, scans: int) -> None:
        try:
            if self._spool.append(packed):
                return
        except OSError as error:
            _log.warning("scans cannot be spooled", error=type(error).__name__)
        self.dropped += scans

    async def replay(self) -> None:
        """Send one segment of the spool and drop it; a segment that fails is sent again whole."""
        with self._spool.claim() as segment:
            if segment is None:
                return
            for group in _groups(segment.read_batches()):
                if not await self._send(group):
                    return
            segment.drop()


def _groups(batches: Iterable[bytes]) -> Iterator[list[bytes]]:
    iterator = iter(batches)
    while group := list(islice(iterator, MAX_BATCHES)):
        yield group
