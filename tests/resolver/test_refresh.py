"""A table is kept fresh over a bus that loses messages and a database that goes away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from resolver import refresh
from resolver.holder import Holder
from resolver.refresh import Refresher
from resolver.table_file import TableFile
from rules_compiler.announcement import CHANNEL, Announcement, to_bytes
from rules_compiler.compiler import compile_catalogue
from rules_compiler.dict_table import DictTable
from rules_compiler.model import SliceKey
from tests.conftest import execute
from tests.factories import NOON, item_key, make_catalogue, make_item, make_rule

DEADLINE_S = 20.0
NOBODY_REDIS = "unix:///nowhere/valkey.sock"
NOBODY_POSTGRES = "postgresql://nobody@/nothing?host=/nowhere"
KEYS = [item_key(gtin) for gtin in ("09506000134352", "09520000100018", "09521234543213")]


class WatchedHolder(Holder):
    """Lets a test wait for the table that it expects."""

    def __init__(self) -> None:
        super().__init__(lambda: NOON)
        self._changed = asyncio.Event()

    def replace(self, table: DictTable) -> None:
        super().replace(table)
        self._changed.set()

    async def wait_for(self, number: int) -> dict[SliceKey, bytes]:
        async with asyncio.timeout(DEADLINE_S):
            while self.number != number or not self.is_loaded:
                self._changed.clear()
                await self._changed.wait()
        return dict(self.held.table.packed)


class CrashingHolder(WatchedHolder):
    """Fails at its first table, in a way that nobody foresaw."""

    has_crashed = False

    def replace(self, table: DictTable) -> None:
        if not self.has_crashed:
            self.has_crashed = True
            raise LookupError("never seen before")
        super().replace(table)


def pack(key: SliceKey) -> bytes:
    item = make_item(key=key)
    return compile_catalogue(make_catalogue(make_rule(slice_key=key), items=(item,))).packed[key]


SLICES = {key: pack(key) for key in KEYS}
FIRST, SECOND, THIRD = KEYS


async def store(database_url: str, head: int, slices: Mapping[SliceKey, int] | None = None) -> None:
    """Make *head* the newest number, and store slices under the number given for each key."""
    rows = [
        f"INSERT INTO slices (key, seq, bytes) VALUES ('{key}', {seq}, '\\x{SLICES[key].hex()}')"
        for key, seq in (slices or {}).items()
    ]
    await execute(database_url, ";".join(["BEGIN", *rows, f"UPDATE publish_head SET seq = {head}", "COMMIT"]))


@pytest.fixture
def holder() -> WatchedHolder:
    return WatchedHolder()


@pytest.fixture
def file(tmp_path: Path) -> TableFile:
    return TableFile(tmp_path / "table")


@asynccontextmanager
async def running(refresher: Refresher) -> AsyncIterator[None]:
    """Run *refresher* inside the block, begun as a worker begins."""
    refresher.load_file()
    task = asyncio.create_task(refresher.run())
    await refresher.settle()
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


Announce = Callable[[Announcement | bytes], Awaitable[None]]


@pytest.fixture
async def announce(valkey_url: str) -> AsyncIterator[Announce]:
    """Tell an edge that listens; what is told before it listens is held back until it does."""
    async with Redis.from_url(valkey_url) as redis:

        async def tell(message: Announcement | bytes) -> None:
            packed = to_bytes(message) if isinstance(message, Announcement) else message
            async with asyncio.timeout(DEADLINE_S):
                while not await redis.publish(CHANNEL, packed):  # noqa: ASYNC110 - it is in another process
                    await asyncio.sleep(0)

        yield tell


@pytest.mark.servers
class TestAnnouncements:
    @pytest.fixture
    def refresher(self, holder: WatchedHolder, file: TableFile, valkey_url: str) -> Refresher:
        """Without a database nothing but announcements can change the table."""
        file.write(DictTable(1, {FIRST: SLICES[FIRST]}))
        return Refresher(holder, file, database_url=None, redis_url=valkey_url)

    async def test_the_next_change_set_is_served(
        self, refresher: Refresher, holder: WatchedHolder, announce: Announce
    ) -> None:
        async with running(refresher):
            await announce(Announcement(2, {FIRST: None, SECOND: SLICES[SECOND]}))
            assert await holder.wait_for(2) == {SECOND: SLICES[SECOND]}

    @pytest.mark.parametrize("damage", [b"", b"\xc1", b"{}", b"\x92\xa1x\xc0", b"\x92\x02\xa1x"])
    async def test_a_damaged_message_is_passed_over(
        self, refresher: Refresher, holder: WatchedHolder, announce: Announce, damage: bytes
    ) -> None:
        async with running(refresher):
            await announce(damage)
            await announce(Announcement(2, {SECOND: SLICES[SECOND]}))
            assert await holder.wait_for(2) == {key: SLICES[key] for key in (FIRST, SECOND)}


@pytest.mark.servers
class TestGap:
    @pytest.fixture
    def refresher(
        self, holder: WatchedHolder, file: TableFile, valkey_url: str, database_url: str
    ) -> Refresher:
        return Refresher(holder, file, database_url=database_url, redis_url=valkey_url)

    @pytest.fixture(autouse=True)
    def _no_silence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Leave it to the gap alone to make the edge ask."""
        monkeypatch.setattr(refresh, "SILENCE_SECONDS", 10 * DEADLINE_S)

    async def test_a_lost_change_set_is_asked_for(
        self, refresher: Refresher, holder: WatchedHolder, announce: Announce, database_url: str
    ) -> None:
        await store(database_url, 1, {FIRST: 1})
        async with running(refresher):
            await announce(Announcement(1))
            await store(database_url, 3, {SECOND: 2, THIRD: 3})
            await announce(Announcement(3, {THIRD: SLICES[THIRD]}))
            assert await holder.wait_for(3) == SLICES

    async def test_a_change_set_too_large_to_travel_is_asked_for(
        self, refresher: Refresher, holder: WatchedHolder, announce: Announce, database_url: str
    ) -> None:
        async with running(refresher):
            await announce(Announcement(0))
            await store(database_url, 1, {FIRST: 1})
            await announce(Announcement(1))
            assert await holder.wait_for(1) == {FIRST: SLICES[FIRST]}

    async def test_a_head_behind_ours_is_that_of_a_database_set_back(
        self, refresher: Refresher, holder: WatchedHolder, announce: Announce, database_url: str
    ) -> None:
        await store(database_url, 5, {FIRST: 4, SECOND: 5})
        async with running(refresher):
            await holder.wait_for(5)
            await execute(database_url, "DELETE FROM slices WHERE seq = 5")
            await store(database_url, 4)
            await announce(Announcement(4))
            assert await holder.wait_for(4) == {FIRST: SLICES[FIRST]}


@pytest.mark.servers
class TestSilence:
    async def test_a_silent_bus_makes_it_ask(
        self,
        holder: WatchedHolder,
        file: TableFile,
        valkey_url: str,
        database_url: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(refresh, "SILENCE_SECONDS", 0.2)
        async with running(Refresher(holder, file, database_url=database_url, redis_url=valkey_url)):
            await holder.wait_for(0)
            await store(database_url, 1, {FIRST: 1})
            assert await holder.wait_for(1) == {FIRST: SLICES[FIRST]}

    @pytest.mark.parametrize("redis_url", [NOBODY_REDIS, None])
    async def test_without_a_bus_it_asks_all_the_time(
        self, holder: WatchedHolder, file: TableFile, database_url: str, redis_url: str | None
    ) -> None:
        async with running(Refresher(holder, file, database_url=database_url, redis_url=redis_url)):
            await holder.wait_for(0)
            await store(database_url, 1, {FIRST: 1})
            assert await holder.wait_for(1) == {FIRST: SLICES[FIRST]}


@pytest.mark.servers
class TestDatabase:
    async def test_a_worker_begins_with_what_changed_after_the_file(
        self, holder: WatchedHolder, file: TableFile, database_url: str
    ) -> None:
        file.write(DictTable(1, {FIRST: SLICES[FIRST]}))
        await store(database_url, 2, {SECOND: 2})
        async with running(Refresher(holder, file, database_url=database_url, redis_url=None)):
            assert holder.number == 2

    async def test_one_behind_the_file_is_another_one_and_taken_whole(
        self, holder: WatchedHolder, file: TableFile, database_url: str
    ) -> None:
        file.write(DictTable(9, {FIRST: SLICES[FIRST], SECOND: SLICES[SECOND]}))
        await store(database_url, 3, {THIRD: 2})
        async with running(Refresher(holder, file, database_url=database_url, redis_url=None)):
            assert await holder.wait_for(3) == {THIRD: SLICES[THIRD]}

    async def test_a_failure_that_nobody_foresaw_is_counted_and_ends_nothing(
        self, file: TableFile, database_url: str
    ) -> None:
        holder = CrashingHolder()
        refresher = Refresher(holder, file, database_url=database_url, redis_url=None)
        async with running(refresher):
            await store(database_url, 1, {FIRST: 1})
            assert await holder.wait_for(1) == {FIRST: SLICES[FIRST]}
        assert refresher.state.failures == 1

    async def test_connections_cut_by_the_server_are_made_anew(
        self, holder: WatchedHolder, file: TableFile, database_url: str
    ) -> None:
        async with running(Refresher(holder, file, database_url=database_url, redis_url=None)):
            await holder.wait_for(0)
            await execute(
                database_url,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            await store(database_url, 1, {FIRST: 1})
            assert await holder.wait_for(1) == {FIRST: SLICES[FIRST]}


class TestNothingAnswers:
    async def test_the_file_serves(self, holder: WatchedHolder, file: TableFile) -> None:
        file.write(DictTable(7, {FIRST: SLICES[FIRST]}))
        async with running(Refresher(holder, file, database_url=NOBODY_POSTGRES, redis_url=NOBODY_REDIS)):
            assert await holder.wait_for(7) == {FIRST: SLICES[FIRST]}

    async def test_a_damaged_file_is_not_served(self, holder: WatchedHolder, tmp_path: Path) -> None:
        (tmp_path / "table").write_bytes(b"SIGNPOST, but no table")
        file = TableFile(tmp_path / "table")
        async with running(Refresher(holder, file, database_url=NOBODY_POSTGRES, redis_url=NOBODY_REDIS)):
            assert not holder.is_loaded

    async def test_a_database_that_never_answers_holds_no_worker_up(
        self, holder: WatchedHolder, file: TableFile, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(refresh, "_SETTLE_SECONDS", 0.05)
        file.write(DictTable(7, {FIRST: SLICES[FIRST]}))
        silent = asyncio.Event()

        async def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await silent.wait()
            writer.close()

        async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            url = f"postgresql://nobody@127.0.0.1:{port}/nothing"
            async with running(Refresher(holder, file, database_url=url, redis_url=None)):
                assert holder.number == 7
            silent.set()
