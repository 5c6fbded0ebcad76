import asyncio
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from resolver import scans as scans_module
from resolver.scans import ScanReporter, Subject, to_rows
from resolver.spool import Spool
from rules_compiler.scan import FIELD, STREAM, Scan, unpack_scans

PHONE = b"Mozilla/5.0 (Linux; Android 15) Mobile"
SUBJECT = Subject("org", "brand", "rule", "hosted")
SIGHTING = (1.5, b"01/09506000134352", SUBJECT, PHONE, "CA")
SCAN = Scan(b"", 1.5, "01/09506000134352", *SUBJECT, "CA", "mobile", is_bot=False)


class AwayRedis:
    """A Redis that refuses every connection, which a real one can only be made to do by stopping it."""

    async def xlen(self, _name: str) -> int:
        raise RedisConnectionError("refused")


@pytest.fixture
async def redis(valkey_url: str) -> Any:
    client = Redis.from_url(valkey_url)
    await client.delete(STREAM)
    yield client
    await client.aclose()


async def read_stream(redis: Redis) -> list[Scan]:
    """Return the scans in the stream, without the ids that they were given."""
    entries = await redis.xrange(STREAM)
    return [scan._replace(id=b"") for _, fields in entries for scan in unpack_scans(fields[FIELD])]


def test_each_scan_has_an_id_of_its_own() -> None:
    scans = [Scan(*row) for row in to_rows([SIGHTING] * 1_000)]
    assert {len(scan.id) for scan in scans} == {16}
    assert len({scan.id for scan in scans}) == 1_000


@pytest.mark.servers
async def test_a_flush_hands_over_what_was_recorded(redis: Redis, tmp_path: Path) -> None:
    reporter = ScanReporter(redis, Spool(tmp_path))
    reporter.record(SIGHTING)
    assert await reporter.flush()
    assert (await read_stream(redis), reporter.waiting) == ([SCAN], 0)


@pytest.mark.servers
async def test_a_flush_that_is_cut_short_loses_nothing(redis: Redis, tmp_path: Path) -> None:
    reporter = ScanReporter(redis, Spool(tmp_path))
    for _ in range(3 * scans_module.MAX_BATCH):
        reporter.record(SIGHTING)
    flush = asyncio.create_task(reporter.flush())
    await asyncio.sleep(0)
    flush.cancel()
    await asyncio.wait([flush])
    assert reporter.waiting == 3 * scans_module.MAX_BATCH
    assert await reporter.flush()
    assert await read_stream(redis) == [SCAN] * 3 * scans_module.MAX_BATCH


@pytest.mark.servers
async def test_what_was_spooled_is_sent_when_redis_is_back(redis: Redis, tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    away = ScanReporter(AwayRedis(), spool)  # type: ignore[arg-type]  # only xlen is reached
    away.record(SIGHTING)
    assert not await away.flush()
    await ScanReporter(redis, spool).replay()
    assert await read_stream(redis) == [SCAN]
    assert list(tmp_path.glob("*.scans")) == []


async def test_without_redis_all_that_is_buffered_is_spooled_at_once(tmp_path: Path) -> None:
    """There may be no other time: it is so at the end of a worker."""
    scans = 2 * scans_module.MAX_BATCH * scans_module.MAX_BATCHES + 1
    spool = Spool(tmp_path)
    reporter = ScanReporter(AwayRedis(), spool)  # type: ignore[arg-type]  # only xlen is reached
    for _ in range(scans):
        reporter.record(SIGHTING)
    assert not await reporter.flush()
    assert (reporter.waiting, reporter.dropped) == (0, 0)
    with spool.claim() as segment:
        assert segment is not None
        assert sum(len(unpack_scans(batch)) for batch in segment.read_batches()) == scans


@pytest.mark.servers
async def test_a_full_stream_spools(redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans_module, "MAX_STREAM_ENTRIES", 0)
    reporter = ScanReporter(redis, Spool(tmp_path))
    reporter.record(SIGHTING)
    assert not await reporter.flush()
    assert len(list(tmp_path.glob("*.scans"))) == 1


def test_a_full_buffer_counts_what_it_drops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans_module, "MAX_BUFFERED", 2)
    reporter = ScanReporter(None, Spool(tmp_path))
    for _ in range(5):
        reporter.record(SIGHTING)
    assert (reporter.waiting, reporter.dropped) == (2, 3)


async def test_a_spool_that_cannot_be_written_counts_what_it_drops(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    reporter = ScanReporter(None, Spool(tmp_path / "file"))
    reporter.record(SIGHTING)
    await reporter.flush()
    assert reporter.dropped == 1
