"""A worker serves what bus and files tell, whichever is first, and loses nothing when one of them fails."""

import asyncio
import math
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing

import pytest
from redis.asyncio import Redis

from resolver import refresh as refresh_module
from resolver.damage import A_FILE
from resolver.holder import Holder
from resolver.refresh import Refresher
from resolver.shelf import Shelf
from resolver.table_store import Pulse, TableStore
from rules_compiler.announcement import Announcement
from rules_compiler.model import SliceKey
from rules_compiler.snapshot import slice_to_bytes
from rules_compiler.table_file import PackedTable
from tests.factories import NOON
from tests.resolver.keeping import DEADLINE_S, FIRST, KEYS, NOBODY_REDIS, SECOND, THIRD, Bus, only, until
from tests.resolver.plain_files import flip, make_table, read_list


@pytest.fixture
def shelf(store: TableStore) -> Iterator[Shelf]:
    """Hold FIRST as change set 1, as the keeper of the host."""
    with closing(Shelf(store)) as shelf:
        shelf.start(make_table(store, "base", 1, only(FIRST)))
        yield shelf


@pytest.fixture
def holder() -> Holder:
    return Holder(lambda: NOON)


@asynccontextmanager
async def running(refresher: Refresher) -> AsyncIterator[Refresher]:
    """Run *refresher* inside the block, begun as a worker begins."""
    await refresher.settle()
    task = asyncio.create_task(refresher.run())
    await asyncio.sleep(0)  # once it has begun, it closes at its end what it has opened
    try:
        yield refresher
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def refresher(
    holder: Holder, store: TableStore, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Refresher]:
    """Run a worker without a bus; no keeper says that it need not wait."""
    monkeypatch.setattr(refresh_module, "_SETTLE_SECONDS", 0.01)
    async with running(Refresher(holder, store, redis_url=None)) as refresher:
        yield refresher


def served(holder: Holder) -> dict[SliceKey, bytes]:
    found = {key: holder.table.find(key) for key in KEYS}
    return {key: slice_to_bytes(value) for key, value in found.items() if value is not None}


async def wait_for(holder: Holder, number: int) -> dict[SliceKey, bytes]:
    await until(lambda: holder.is_loaded and holder.number == number)
    return served(holder)


class TestBus:
    @pytest.fixture
    async def bus(self, valkey_url: str) -> AsyncIterator[Bus]:
        async with Redis.from_url(valkey_url) as redis:
            yield Bus(redis)

    @pytest.mark.servers
    async def test_what_it_tells_is_served_before_any_file_has_it(
        self, holder: Holder, store: TableStore, shelf: Shelf, bus: Bus, valkey_url: str
    ) -> None:
        async with running(Refresher(holder, store, redis_url=valkey_url)):
            await bus.tell(Announcement(2, {FIRST: None, **only(SECOND)}))
            assert await wait_for(holder, 2) == only(SECOND)
        assert shelf.number == 1

    @pytest.mark.servers
    async def test_what_it_lost_is_filled_by_the_journal(
        self, holder: Holder, store: TableStore, shelf: Shelf, bus: Bus, valkey_url: str
    ) -> None:
        async with running(Refresher(holder, store, redis_url=valkey_url)) as refresher:
            await bus.tell(Announcement(3, only(THIRD)))
            await until(lambda: refresher.pulse.last_heard_at)
            assert served(holder) == only(FIRST)
            shelf.append(3, only(SECOND, THIRD))
            assert await wait_for(holder, 3) == only(FIRST, SECOND, THIRD)
            await bus.tell(Announcement(4, {FIRST: None}))
            assert await wait_for(holder, 4) == only(SECOND, THIRD)

    async def test_one_that_is_away_is_told_until_it_is_heard_again(
        self, holder: Holder, store: TableStore, shelf: Shelf
    ) -> None:
        async with running(Refresher(holder, store, redis_url=NOBODY_REDIS)) as refresher:
            await until(lambda: refresher.pulse.failures)
            assert refresher.pulse.last_error == "ConnectionError"
            refresher._hear(Announcement(2, only(SECOND)))
            assert (refresher.pulse.last_error, holder.number) == (None, 2)
            assert refresher.pulse.failures >= 1

    async def test_nothing_is_served_from_it_before_there_are_files(
        self, holder: Holder, refresher: Refresher
    ) -> None:
        refresher._hear(Announcement(1, only(FIRST)))
        assert not holder.is_loaded


class TestFiles:
    async def test_a_worker_waits_for_the_first_ones(
        self, holder: Holder, store: TableStore, refresher: Refresher
    ) -> None:
        assert not holder.is_loaded
        with closing(Shelf(store)) as shelf:
            shelf.start(make_table(store, "base", 7, only(THIRD)))
            assert await wait_for(holder, 7) == only(THIRD)

    async def test_what_the_journal_brings_is_served(
        self, holder: Holder, shelf: Shelf, refresher: Refresher
    ) -> None:
        for number, key in ((2, SECOND), (3, THIRD)):
            shelf.append(number, only(key))
        assert await wait_for(holder, 3) == only(FIRST, SECOND, THIRD)
        shelf.append(4, {FIRST: None})
        assert await wait_for(holder, 4) == only(SECOND, THIRD)

    async def test_what_the_journal_brings_late_changes_nothing(
        self, holder: Holder, shelf: Shelf, refresher: Refresher
    ) -> None:
        refresher._hear(Announcement(2, only(SECOND)))
        refresher._hear(Announcement(3, {SECOND: None}))
        table = holder.table
        shelf.append(2, only(SECOND))
        shelf.append(3, {SECOND: None})
        await refresher.take_files()
        assert holder.table is table

    async def test_many_change_sets_are_adopted_at_once(
        self, holder: Holder, shelf: Shelf, refresher: Refresher, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        swaps = []
        replace = holder.replace
        monkeypatch.setattr(holder, "replace", lambda *each: (swaps.append(holder.number), replace(*each)))
        for number in range(2, 100):
            shelf.append(number, only(SECOND))
        await refresher.take_files()
        assert (holder.number, len(swaps)) == (99, 1)

    async def test_files_are_replaced_while_serving(
        self, holder: Holder, store: TableStore, shelf: Shelf, refresher: Refresher
    ) -> None:
        shelf.append(2, only(SECOND))
        await wait_for(holder, 2)
        shelf._fold()
        shelf.append(3, only(THIRD))
        assert await wait_for(holder, 3) == only(FIRST, SECOND, THIRD)
        shelf.change_base(make_table(store, "base", 3, only(SECOND, THIRD)))
        await until(lambda: refresher._files == read_list(store))
        assert (holder.number, served(holder)) == (3, only(SECOND, THIRD))

    async def test_a_worker_that_begins_while_they_are_replaced_begins_with_all(
        self, holder: Holder, store: TableStore, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shelf.append(2, only(SECOND))
        opening, keepers = store.open_to_serve, [Shelf(store)]

        def open_late(name: str) -> PackedTable:
            for keeper in keepers:
                keeper.open()  # another keeper starts, and begins a journal of its own
                keeper.close()
            keepers.clear()
            return opening(name)

        monkeypatch.setattr(store, "open_to_serve", open_late)
        monkeypatch.setattr(refresh_module, "_SETTLE_SECONDS", 0.01)
        async with running(Refresher(holder, store, redis_url=None)):
            assert (holder.number, served(holder)) == (2, only(FIRST, SECOND))

    async def test_a_worker_that_knows_better_is_not_set_back_by_them(
        self, holder: Holder, store: TableStore, shelf: Shelf, refresher: Refresher
    ) -> None:
        refresher._hear(Announcement(2, only(SECOND)))
        refresher._hear(Announcement(3, {FIRST: None}))
        shelf.append(2, only(SECOND))
        shelf._fold()
        await until(lambda: refresher._files == read_list(store))
        assert (holder.number, served(holder)) == (3, only(SECOND))

    async def test_those_of_another_database_replace_everything(
        self, holder: Holder, store: TableStore, shelf: Shelf, refresher: Refresher
    ) -> None:
        refresher._hear(Announcement(2, only(SECOND)))
        shelf.start(make_table(store, "base", 1, only(THIRD)))
        assert await wait_for(holder, 1) == only(THIRD)

    async def test_kept_answers_stay_when_the_files_say_nothing_new(
        self, holder: Holder, store: TableStore, shelf: Shelf, refresher: Refresher
    ) -> None:
        refresher._hear(Announcement(2, only(SECOND)))
        term = holder.stand_on(FIRST)
        shelf.append(2, only(SECOND))
        shelf._fold()
        await until(lambda: refresher._files == read_list(store))
        assert term.holds_at(NOON)

    async def test_kept_answers_end_when_the_files_bring_what_nobody_told(
        self, holder: Holder, store: TableStore, shelf: Shelf, refresher: Refresher
    ) -> None:
        term = holder.stand_on(FIRST)
        shelf.add_delta(make_table(store, "delta", 2, {FIRST: None}))
        assert await wait_for(holder, 2) == {}
        assert not term.holds_at(NOON)


class TestDamage:
    async def test_damaged_new_files_keep_the_old_table_and_are_tried_again(
        self, holder: Holder, store: TableStore, shelf: Shelf, refresher: Refresher
    ) -> None:
        await wait_for(holder, 1)
        delta = make_table(store, "delta", 2, only(SECOND))
        flip(store.folder / delta, -1)
        shelf.add_delta(delta)
        await until(lambda: refresher.pulse.failures > 1)
        assert (holder.number, served(holder)) == (1, only(FIRST))
        assert refresher.pulse.last_error == "SnapshotInvalidError"
        flip(store.folder / delta, -1)
        assert await wait_for(holder, 2) == only(FIRST, SECOND)
        await until(lambda: refresher.pulse.last_error is None)

    async def test_a_damaged_list_keeps_the_old_table(
        self, holder: Holder, store: TableStore, shelf: Shelf, refresher: Refresher
    ) -> None:
        await wait_for(holder, 1)
        flip(store.folder / "list.json", 30)
        await refresher.take_files()
        refresher._hear(Announcement(2, only(SECOND)))
        assert served(holder) == only(FIRST, SECOND)

    @pytest.mark.parametrize("kind", ["base", "list"])
    async def test_a_worker_does_not_serve_what_is_damaged(
        self, holder: Holder, store: TableStore, shelf: Shelf, kind: str
    ) -> None:
        flip(store.folder / {"base": read_list(store).base, "list": "list.json"}[kind], -1)
        refresher = Refresher(holder, store, redis_url=None)
        await refresher.take_files()
        assert not holder.is_loaded

    @pytest.mark.parametrize("kind", ["base", "delta"])
    async def test_a_worker_that_has_nothing_serves_an_older_base_until_the_files_are_whole(
        self, holder: Holder, store: TableStore, shelf: Shelf, kind: str
    ) -> None:
        shelf.change_base(make_table(store, "base", 2, only(FIRST, SECOND)))
        shelf.add_delta(make_table(store, "delta", 3, only(THIRD)))
        files = read_list(store)
        flip(store.folder / {"base": files.base, "delta": files.deltas[0]}[kind], -1)
        async with running(Refresher(holder, store, redis_url=None)) as refresher:
            assert served(holder) == (only(FIRST) if kind == "base" else only(FIRST, SECOND))
            assert refresher.pulse.last_error == "SnapshotInvalidError"
            flip(store.folder / {"base": files.base, "delta": files.deltas[0]}[kind], -1)
            assert await wait_for(holder, 3) == only(FIRST, SECOND, THIRD)

    async def test_files_that_cannot_be_taken_do_not_delay_the_next_ones(
        self, holder: Holder, store: TableStore, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(refresh_module, "_AGAIN_SECONDS", math.inf)
        flip(store.folder / read_list(store).base, -1)
        async with running(Refresher(holder, store, redis_url=None)) as refresher:
            assert (refresher.pulse.failures, store.damages.take()) == (1, {A_FILE})
            waiting = asyncio.create_task(refresher.mend(A_FILE))
            shelf.start(make_table(store, "base", 2, only(SECOND)))
            assert await waiting
            assert (served(holder), refresher.pulse.failures) == (only(SECOND), 1)

    async def test_a_failure_that_nobody_foresaw_is_counted_and_ends_nothing(
        self, holder: Holder, store: TableStore, shelf: Shelf, refresher: Refresher
    ) -> None:
        failing = pytest.MonkeyPatch()
        failing.setattr(store, "find_stamp", {}.__getitem__)
        await until(lambda: refresher.pulse.failures)
        failing.undo()
        shelf.append(2, only(SECOND))
        assert await wait_for(holder, 2) == only(FIRST, SECOND)


class TestSettle:
    async def test_it_waits_until_the_keeper_has_asked(
        self, holder: Holder, store: TableStore, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(refresh_module, "_SETTLE_SECONDS", DEADLINE_S)
        monkeypatch.setattr(refresh_module.time, "time", lambda: 100.0)
        refresher = Refresher(holder, store, redis_url=None)
        settling = asyncio.create_task(refresher.settle())
        for pulse in (Pulse(at=99.0, is_asked=True), Pulse(at=101.0)):
            store.write_pulse(pulse)
            await asyncio.sleep(refresh_module.POLL_SECONDS)
            assert not settling.done()
        shelf.append(2, only(SECOND))
        store.write_pulse(Pulse(at=102.0, is_asked=True))
        async with asyncio.timeout(DEADLINE_S / 2):
            await settling
        assert (holder.number, served(holder)) == (2, only(FIRST, SECOND))
        close(refresher)

    async def test_a_keeper_that_never_asks_holds_no_worker_up(
        self, holder: Holder, store: TableStore, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(refresh_module, "_SETTLE_SECONDS", 0.01)
        refresher = Refresher(holder, store, redis_url=None)
        async with asyncio.timeout(DEADLINE_S):
            await refresher.settle()
        assert served(holder) == only(FIRST)
        close(refresher)


class TestPulse:
    def test_keeper_and_worker_speak_as_one(self, holder: Holder, store: TableStore) -> None:
        refresher = Refresher(holder, store, redis_url=None)
        assert refresher.pulse == Pulse()
        told = Pulse(at=5.0, head=7, is_asked=True, last_heard_at=4.0, last_error="OSError", failures=2)
        store.write_pulse(told)
        assert refresher.pulse == told
        refresher._hear(Announcement(8))
        assert (refresher.pulse.last_heard_at or 0) > 4.0


def close(refresher: Refresher) -> None:
    assert refresher._journal is not None
    refresher._journal.close()
