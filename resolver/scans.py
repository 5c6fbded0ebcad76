"""Report scans without slowing one: a bounded buffer, flushed to a Redis stream by a task.

While Redis is away, or its stream is full, batches go to a spool file in the data folder and are
sent later. A full buffer counts what it drops.
"""

import asyncio
import contextlib
import os
from collections import deque
from pathlib import Path

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from rules_compiler.scan import FIELD, STREAM, Scan, pack_scans

FLUSH_SECONDS = 0.1
MAX_BUFFERED = 50_000
MAX_BATCH = 1_000
MAX_STREAM_ENTRIES = 1_000_000
MAX_SPOOL_BYTES = 256 * 1024 * 1024
MAX_REPLAYED_BATCHES = 50
_LENGTH_BYTES = 4

_log = structlog.get_logger()


class ScanReporter:
    """Takes scans from the hot path and hands them to Redis in batches."""

    def __init__(self, redis: Redis | None, spool: Path) -> None:
        self._redis = redis
        self._spool = spool
        self._buffer: deque[Scan] = deque()
        self.dropped = 0

    def record(self, scan: Scan) -> None:
        """Remember *scan*; when the buffer is full it is dropped and counted."""
        if len(self._buffer) >= MAX_BUFFERED:
            self.dropped += 1
        else:
            self._buffer.append(scan)

    @property
    def waiting(self) -> int:
        """How many scans are not yet handed over."""
        return len(self._buffer)

    async def run(self) -> None:
        """Flush for ever; ends when cancelled, after a last flush."""
        try:
            while True:
                await asyncio.sleep(FLUSH_SECONDS)
                if await self.flush():
                    await self._replay()
        finally:
            with contextlib.suppress(OSError):
                await asyncio.shield(self.flush())

    async def flush(self) -> bool:
        """Hand over what is buffered; return whether Redis took all of it."""
        while self._buffer:
            batch = [self._buffer.popleft() for _ in range(min(len(self._buffer), MAX_BATCH))]
            packed = pack_scans(batch)
            if not await self._send([packed]):
                self._write_spool(packed, len(batch))
                return False
        return True

    async def _send(self, batches: list[bytes]) -> bool:
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

    def _write_spool(self, packed: bytes, scans: int) -> None:
        try:
            with self._spool.open("ab") as file:
                if file.tell() + len(packed) > MAX_SPOOL_BYTES:
                    self.dropped += scans
                    return
                file.write(len(packed).to_bytes(_LENGTH_BYTES, "big") + packed)
        except OSError as error:
            self.dropped += scans
            _log.warning("scans cannot be spooled", path=str(self._spool), error=type(error).__name__)

    async def _replay(self) -> None:
        """Send a part of the spool, and keep the rest; what was sent twice counts once."""
        try:
            content = self._spool.read_bytes()
        except FileNotFoundError:
            return
        batches, rest = _split(content)
        if batches and not await self._send(batches):
            return
        if rest:
            beside = self._spool.with_suffix(".rest")
            beside.write_bytes(rest)
            os.replace(beside, self._spool)  # noqa: PTH105 - the atomic rename is the point
        else:
            self._spool.unlink(missing_ok=True)


def _split(content: bytes) -> tuple[list[bytes], bytes]:
    """Return the first batches of a spool and what stands behind them; a torn tail is dropped."""
    batches, position = [], 0
    while position < len(content) and len(batches) < MAX_REPLAYED_BATCHES:
        start = position + _LENGTH_BYTES
        end = start + int.from_bytes(content[position:start], "big")
        if end > len(content):
            return batches, b""
        batches.append(content[start:end])
        position = end
    return batches, content[position:]
