"""Full disks, damaged files and killed keepers cost time, and no change set."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from resolver.journal import JournalWriter
from resolver.keeper import Keeper, hold_store
from resolver.shelf import Shelf
from resolver.table_store import TableStore
from rules_compiler.announcement import Announcement
from tests.resolver.keeping import (
    DEADLINE_S,
    FIRST,
    NOBODY_POSTGRES,
    SECOND,
    SLICES,
    THIRD,
    keeping,
    only,
    publish,
    until,
    wait_for_files,
)
from tests.resolver.plain_files import cut, flip, make_table, names, read_list, read_plainly, replace


def fill(store: TableStore, number: int, *keys: str) -> None:
    shelf = Shelf(store)
    shelf.start(make_table(store, "base", number, only(*keys)))
    shelf.close()


class FullDisk:
    """A disk on which no journal and no table has any room, until it is freed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch
        self.refusals = 0

    def fill(self) -> None:
        self._patch.setattr(JournalWriter, "append", self._refuse)
        self._patch.setattr(TableStore, "new_file", self._refuse)
        self._patch.setattr(TableStore, "_replace_list", self._refuse)

    def free(self) -> None:
        self._patch.undo()

    def _refuse(self, *_arguments: object) -> None:
        self.refusals += 1
        raise OSError("No space left on device")


@pytest.fixture
def disk() -> FullDisk:
    return FullDisk(pytest.MonkeyPatch())


@pytest.mark.servers
class TestFullDisk:
    async def test_what_is_heard_meanwhile_comes_from_the_database(
        self, store: TableStore, database_url: str, disk: FullDisk
    ) -> None:
        await publish(database_url, 1, {FIRST: 1})
        async with keeping(store, database_url=database_url, redis_url=None) as keeper:
            await wait_for_files(store, 1)
            disk.fill()
            await publish(database_url, 2, {SECOND: 2})
            keeper._hear(Announcement(2, only(SECOND)))
            await publish(database_url, 3, {THIRD: 3})
            keeper._hear(Announcement(3, only(THIRD)))
            assert keeper._shelf.number == 1
            assert read_plainly(store) == (1, only(FIRST))
            disk.free()
            assert await wait_for_files(store, 3) == SLICES

    async def test_it_is_told_and_what_serves_goes_on(
        self, store: TableStore, database_url: str, disk: FullDisk
    ) -> None:
        await publish(database_url, 1, {FIRST: 1})
        async with keeping(store, database_url=database_url, redis_url=None):
            await wait_for_files(store, 1)
            disk.fill()
            await publish(database_url, 2, {SECOND: 2})
            pulse = await until(lambda: (pulse := store.read_pulse()) and pulse.last_error and pulse)
            assert (pulse.last_error, pulse.head) == ("OSError", 2)
            assert read_plainly(store) == (1, only(FIRST))
            disk.free()
            await wait_for_files(store, 2)
            await until(lambda: (pulse := store.read_pulse()) and not pulse.last_error)

    async def test_a_host_without_room_for_a_base_begins_when_there_is(
        self, store: TableStore, database_url: str, disk: FullDisk
    ) -> None:
        await publish(database_url, 1, {FIRST: 1})
        disk.fill()
        async with keeping(store, database_url=database_url, redis_url=None):
            await until(lambda: disk.refusals > 1)
            assert store.read_files() is None
            disk.free()
            assert await wait_for_files(store, 1) == only(FIRST)

    async def test_a_pulse_that_cannot_be_told_keeps_nobody_from_catching_up(
        self, store: TableStore, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_arguments: object) -> None:
            raise OSError("No space left on device")

        monkeypatch.setattr(TableStore, "write_pulse", refuse)
        async with keeping(store, database_url=database_url, redis_url=None):
            await wait_for_files(store, 0)
            await publish(database_url, 1, {FIRST: 1})
            assert await wait_for_files(store, 1) == only(FIRST)


@pytest.mark.servers
class TestDamage:
    @pytest.mark.parametrize("kind", ["base", "delta", "list", "record", "journal"])
    async def test_damaged_files_are_replaced_by_what_the_database_has(
        self, store: TableStore, database_url: str, kind: str
    ) -> None:
        shelf = Shelf(store)
        shelf.start(make_table(store, "base", 1, only(FIRST)), make_table(store, "delta", 2, only(SECOND)))
        shelf.append(3, only(THIRD))
        shelf.close()
        await publish(database_url, 3, {FIRST: 1, SECOND: 2, THIRD: 3})
        files = read_list(store)
        base = store.folder / files.base
        {
            "base": lambda: flip(base, -1),
            "delta": lambda: cut(store.folder / files.deltas[0], -8),
            "list": lambda: flip(store.folder / "list.json", 40),
            "record": lambda: flip(base, base.read_bytes().index(SLICES[FIRST])),
            "journal": lambda: flip(store.folder / files.journal, 30),
        }[kind]()
        async with keeping(store, database_url=database_url, redis_url=None):
            assert await until(lambda: read_when_whole(store)) == (3, SLICES)
            # A journal is no loss: what it had is asked for again.
            is_new = read_list(store).epoch != files.epoch
            assert is_new is (kind != "journal")

    async def test_a_damaged_record_goes_on_serving_the_others_while_the_database_is_away(
        self, store: TableStore
    ) -> None:
        fill(store, 1, FIRST, SECOND)
        base = store.folder / read_list(store).base
        flip(base, base.read_bytes().index(SLICES[FIRST]))
        async with keeping(store, database_url=NOBODY_POSTGRES, redis_url=None) as keeper:
            await until(lambda: keeper._shelf.is_damaged)
            keeper._hear(Announcement(2, only(THIRD)))
            assert keeper._shelf.number == 2
        assert read_list(store).base == base.name


def read_when_whole(store: TableStore) -> object:
    try:
        found = read_plainly(store)
    except (OSError, ValueError, AssertionError):
        return None
    return found if found[0] == 3 else None


@asynccontextmanager
async def keeper_process(store: TableStore) -> AsyncIterator[int]:
    """Run `signpost keeper` inside the block, without servers."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SIGNPOST_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "admin_api", "keeper"),
        env=environment | {"SIGNPOST_DATA_DIR": str(store.folder.parent)},
    )
    try:
        yield process.pid
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        async with asyncio.timeout(DEADLINE_S):
            await process.wait()


def lockers(store: TableStore, *, waiting: bool) -> set[int]:
    """Return the processes that hold the lock of *store*, or those that wait for it."""
    inode = store.lock_path.stat().st_ino if store.lock_path.exists() else None
    rows = [row.split() for row in Path("/proc/locks").read_text().splitlines()]
    return {int(row[-4]) for row in rows if row[-3].endswith(f":{inode}") and (row[1] == "->") is waiting}


class TestOneKeeper:
    async def test_the_second_waits_for_the_end_of_the_first(self, store: TableStore) -> None:
        with hold_store(store):
            async with keeper_process(store) as second:
                await until(lambda: second in lockers(store, waiting=True))
                assert store.read_pulse() is None
        async with keeper_process(store) as second:
            await until(store.read_pulse)
            assert lockers(store, waiting=False) == {second}

    async def test_one_that_is_killed_makes_room_for_the_next(self, store: TableStore) -> None:
        async with keeper_process(store) as first:
            await until(lambda: first in lockers(store, waiting=False))
            async with keeper_process(store) as second:
                await until(lambda: second in lockers(store, waiting=True))
                os.kill(first, signal.SIGKILL)
                await until(lambda: second in lockers(store, waiting=False))
                told = store.read_pulse()
                await until(lambda: store.read_pulse() != told)

    async def test_one_that_was_killed_in_the_midst_of_a_change_set_is_followed_by_the_next(
        self, store: TableStore
    ) -> None:
        fill(store, 1, FIRST)
        shelf = Shelf(store)
        shelf.open()
        shelf.append(2, only(SECOND))
        whole = store.folder / read_list(store).journal
        shelf.close()
        content = whole.read_bytes()
        for size in range(len(content)):
            replace(whole, content[:size])
            keeper = Keeper(TableStore(store.folder), database_url=None, redis_url=None)
            keeper._shelf.open()
            assert keeper._shelf.number == 1
            keeper._hear(Announcement(2, only(THIRD)))
            keeper._shelf.close()
            assert read_plainly(store) == (2, only(FIRST, THIRD))
            fresh = TableStore(store.folder)
            fill(fresh, 1, FIRST)
            whole = fresh.folder / read_list(fresh).journal


class TestEnd:
    async def test_a_keeper_that_is_cancelled_leaves_nothing_half_done(self, store: TableStore) -> None:
        fill(store, 1, FIRST)
        async with keeping(store, database_url=NOBODY_POSTGRES, redis_url=None):
            await until(store.read_pulse)
        files = read_list(store)
        assert names(store) == {files.base, files.journal}
