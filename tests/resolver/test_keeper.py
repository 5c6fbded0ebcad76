"""The files of a host are kept fresh over a bus that loses messages and a database that goes away."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from resolver import bus as bus_module
from resolver import keeper as keeper_module
from resolver.shelf import Shelf
from resolver.table_store import TableStore
from rules_compiler.announcement import Announcement
from tests.conftest import execute
from tests.resolver.keeping import (
    DEADLINE_S,
    FIRST,
    NOBODY_POSTGRES,
    NOBODY_REDIS,
    SECOND,
    SLICES,
    THIRD,
    Bus,
    begin_lineage,
    keeping,
    only,
    publish,
    until,
    wait_for_files,
)
from tests.resolver.plain_files import make_table, read_list, read_plainly


@pytest.fixture
async def bus(valkey_url: str) -> AsyncIterator[Bus]:
    async with Redis.from_url(valkey_url) as redis:
        yield Bus(redis)


def fill(store: TableStore, number: int, *keys: str) -> None:
    """Leave files of an earlier run."""
    shelf = Shelf(store)
    shelf.start(make_table(store, "base", number, only(*keys)))
    shelf.close()


@pytest.fixture
def _no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave it to what is heard to make the keeper ask."""
    monkeypatch.setattr(bus_module, "SILENCE_SECONDS", 10 * DEADLINE_S)


@pytest.mark.servers
class TestAnnouncements:
    """Without a database nothing but announcements can change the files."""

    async def test_the_next_change_set_is_journalled(
        self, store: TableStore, bus: Bus, valkey_url: str
    ) -> None:
        fill(store, 1, FIRST)
        async with keeping(store, database_url=None, redis_url=valkey_url):
            await bus.tell(Announcement(2, {FIRST: None, SECOND: SLICES[SECOND]}))
            assert await wait_for_files(store, 2) == only(SECOND)

    @pytest.mark.parametrize("damage", [b"", b"\xc1", b"{}", b"\x92\xa1x\xc0", b"\x92\x02\xa1x"])
    async def test_a_damaged_message_is_passed_over(
        self, store: TableStore, bus: Bus, valkey_url: str, damage: bytes
    ) -> None:
        fill(store, 1, FIRST)
        async with keeping(store, database_url=None, redis_url=valkey_url):
            await bus.tell(damage)
            await bus.tell(Announcement(2, only(SECOND)))
            assert await wait_for_files(store, 2) == only(FIRST, SECOND)

    async def test_what_comes_after_a_gap_waits_for_the_database(
        self, store: TableStore, bus: Bus, valkey_url: str
    ) -> None:
        fill(store, 1, FIRST)
        async with keeping(store, database_url=None, redis_url=valkey_url) as keeper:
            await bus.tell(Announcement(3, only(THIRD)))
            await until(lambda: keeper._head == 3)
            assert read_plainly(store) == (1, only(FIRST))

    async def test_a_long_journal_is_folded_though_the_database_is_away(
        self, store: TableStore, bus: Bus, valkey_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("resolver.shelf.MAX_JOURNAL_SLICES", 0)
        fill(store, 1, FIRST)
        async with keeping(store, database_url=NOBODY_POSTGRES, redis_url=valkey_url):
            await bus.tell(Announcement(2, only(SECOND)))
            await until(lambda: read_list(store).deltas)
            assert await wait_for_files(store, 2) == only(FIRST, SECOND)


@pytest.mark.servers
@pytest.mark.usefixtures("_no_silence")
class TestGap:
    async def test_a_lost_change_set_is_asked_for(
        self, store: TableStore, bus: Bus, database_url: str, valkey_url: str
    ) -> None:
        await publish(database_url, 1, {FIRST: 1})
        async with keeping(store, database_url=database_url, redis_url=valkey_url):
            await wait_for_files(store, 1)
            await publish(database_url, 3, {SECOND: 2, THIRD: 3})
            await bus.tell(Announcement(3, only(THIRD)))
            assert await wait_for_files(store, 3) == SLICES

    async def test_a_change_set_too_large_to_travel_is_asked_for(
        self, store: TableStore, bus: Bus, database_url: str, valkey_url: str
    ) -> None:
        async with keeping(store, database_url=database_url, redis_url=valkey_url):
            await wait_for_files(store, 0)
            await publish(database_url, 1, {FIRST: 1})
            await bus.tell(Announcement(1))
            assert await wait_for_files(store, 1) == only(FIRST)

    async def test_a_deletion_that_was_lost_is_asked_for(
        self, store: TableStore, bus: Bus, database_url: str, valkey_url: str
    ) -> None:
        await publish(database_url, 1, {FIRST: 1, SECOND: 1})
        async with keeping(store, database_url=database_url, redis_url=valkey_url):
            await wait_for_files(store, 1)
            await publish(database_url, 2, {FIRST: -2})
            await bus.tell(Announcement(2))
            assert await wait_for_files(store, 2) == only(SECOND)

    async def test_much_that_was_lost_becomes_a_delta(
        self,
        store: TableStore,
        bus: Bus,
        database_url: str,
        valkey_url: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        await publish(database_url, 1, {FIRST: 1, SECOND: 1})
        async with keeping(store, database_url=database_url, redis_url=valkey_url):
            await wait_for_files(store, 1)
            monkeypatch.setattr(keeper_module, "MAX_JOURNAL_SLICES", 1)
            await publish(database_url, 4, {FIRST: -3, THIRD: 4})
            await bus.tell(Announcement(4))
            assert await wait_for_files(store, 4) == only(SECOND, THIRD)
            assert len(read_list(store).deltas) == 1

    async def test_a_head_behind_ours_is_that_of_a_database_set_back(
        self, store: TableStore, bus: Bus, database_url: str, valkey_url: str
    ) -> None:
        await publish(database_url, 5, {FIRST: 4, SECOND: 5})
        async with keeping(store, database_url=database_url, redis_url=valkey_url):
            await wait_for_files(store, 5)
            epoch = read_list(store).epoch
            await execute(database_url, "DELETE FROM slices WHERE seq = 5")
            await publish(database_url, 4)
            await bus.tell(Announcement(4))
            assert await wait_for_files(store, 4) == only(FIRST)
            assert read_list(store).epoch != epoch

    @pytest.mark.parametrize("head", [5, 6, 7])
    async def test_a_database_set_back_and_published_anew_is_noticed(
        self, store: TableStore, bus: Bus, database_url: str, valkey_url: str, head: int
    ) -> None:
        await publish(database_url, 5, {FIRST: 4, SECOND: 5})
        await begin_lineage(database_url, 1, "before")
        async with keeping(store, database_url=database_url, redis_url=valkey_url):
            await wait_for_files(store, 5)
            epoch = read_list(store).epoch
            await execute(database_url, "DELETE FROM slices WHERE seq = 5")
            await begin_lineage(database_url, 5, "after")
            await publish(database_url, head, {THIRD: head})
            await bus.tell(Announcement(head, only(THIRD), "after"))
            await until(lambda: read_list(store).epoch != epoch)
            assert await wait_for_files(store, head) == only(FIRST, THIRD)

    async def test_it_is_noticed_by_the_next_keeper_as_well(
        self, store: TableStore, bus: Bus, database_url: str, valkey_url: str
    ) -> None:
        await publish(database_url, 5, {FIRST: 4, SECOND: 5})
        await begin_lineage(database_url, 1, "before")
        async with keeping(store, database_url=database_url, redis_url=valkey_url):
            await wait_for_files(store, 5)
            await bus.tell(Announcement(6, only(THIRD), "before"))
            await wait_for_files(store, 6)
        await execute(database_url, "DELETE FROM slices WHERE seq = 5")
        await begin_lineage(database_url, 5, "after")
        await publish(database_url, 7, {THIRD: 7})
        async with keeping(store, database_url=database_url, redis_url=None):
            assert await wait_for_files(store, 7) == only(FIRST, THIRD)

    async def test_another_publisher_is_no_other_database(
        self, store: TableStore, bus: Bus, database_url: str, valkey_url: str
    ) -> None:
        await publish(database_url, 1, {FIRST: 1})
        await begin_lineage(database_url, 1, "first publisher")
        async with keeping(store, database_url=database_url, redis_url=valkey_url):
            await wait_for_files(store, 1)
            epoch = read_list(store).epoch
            await begin_lineage(database_url, 2, "second publisher")
            await publish(database_url, 2, {SECOND: 2})
            await bus.tell(Announcement(2, only(SECOND), "second publisher"))
            assert await wait_for_files(store, 2) == only(FIRST, SECOND)
            await bus.tell(Announcement(3, only(THIRD), "second publisher"))
            assert await wait_for_files(store, 3) == SLICES
            assert read_list(store).epoch == epoch

    async def test_an_announcement_that_was_overtaken_changes_nothing(
        self, store: TableStore, bus: Bus, database_url: str, valkey_url: str
    ) -> None:
        await publish(database_url, 5, {FIRST: 5})
        async with keeping(store, database_url=database_url, redis_url=valkey_url):
            await wait_for_files(store, 5)
            files = read_list(store)
            await bus.tell(Announcement(4, only(THIRD)))
            await publish(database_url, 6, {SECOND: 6})
            await bus.tell(Announcement(6))
            assert await wait_for_files(store, 6) == only(FIRST, SECOND)
            assert read_list(store) == files

    async def test_a_connection_to_the_bus_that_was_cut_makes_it_ask(
        self, store: TableStore, bus: Bus, database_url: str, valkey_url: str
    ) -> None:
        async with keeping(store, database_url=database_url, redis_url=valkey_url):
            await bus.tell(Announcement(0))
            await publish(database_url, 1, {FIRST: 1})
            await bus.cut()
            assert await wait_for_files(store, 1) == only(FIRST)


@pytest.mark.servers
class TestSilence:
    async def test_a_silent_bus_makes_it_ask(
        self, store: TableStore, database_url: str, valkey_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bus_module, "SILENCE_SECONDS", 0.2)
        async with keeping(store, database_url=database_url, redis_url=valkey_url):
            await wait_for_files(store, 0)
            await publish(database_url, 1, {FIRST: 1})
            assert await wait_for_files(store, 1) == only(FIRST)

    @pytest.mark.parametrize("redis_url", [NOBODY_REDIS, None])
    async def test_without_a_bus_it_asks_all_the_time(
        self, store: TableStore, database_url: str, redis_url: str | None
    ) -> None:
        async with keeping(store, database_url=database_url, redis_url=redis_url):
            await wait_for_files(store, 0)
            await publish(database_url, 1, {FIRST: 1})
            assert await wait_for_files(store, 1) == only(FIRST)


@pytest.mark.servers
class TestDatabase:
    async def test_it_begins_with_what_changed_after_the_files(
        self, store: TableStore, database_url: str
    ) -> None:
        fill(store, 1, FIRST)
        epoch = read_list(store).epoch
        await publish(database_url, 2, {SECOND: 2})
        async with keeping(store, database_url=database_url, redis_url=None):
            assert await wait_for_files(store, 2) == only(FIRST, SECOND)
        assert read_list(store).epoch == epoch

    async def test_one_behind_the_files_is_another_one_and_taken_whole(
        self, store: TableStore, database_url: str
    ) -> None:
        fill(store, 9, FIRST, SECOND)
        await publish(database_url, 3, {THIRD: 2})
        async with keeping(store, database_url=database_url, redis_url=None):
            assert await wait_for_files(store, 3) == only(THIRD)

    async def test_one_that_is_empty_is_no_reason_to_forget(
        self, store: TableStore, database_url: str
    ) -> None:
        fill(store, 9, FIRST, SECOND)
        async with keeping(store, database_url=database_url, redis_url=None):
            pulse = await until(lambda: (pulse := store.read_pulse()) and pulse.last_error and pulse)
            assert pulse.last_error == "DatabaseEmptyError"
            assert read_plainly(store) == (9, only(FIRST, SECOND))
            await publish(database_url, 9, {FIRST: 9, SECOND: 9})
            await publish(database_url, 10, {THIRD: 10})
            assert await wait_for_files(store, 10) == SLICES

    async def test_connections_cut_by_the_server_are_made_anew(
        self, store: TableStore, database_url: str
    ) -> None:
        async with keeping(store, database_url=database_url, redis_url=None):
            await wait_for_files(store, 0)
            await execute(
                database_url,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            await publish(database_url, 1, {FIRST: 1})
            assert await wait_for_files(store, 1) == only(FIRST)

    async def test_what_is_heard_while_it_is_asked_is_not_taken_back(
        self, store: TableStore, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The answer of the database is that of a moment; the bus brings what came after it."""
        await publish(database_url, 1, {FIRST: 1})
        read_standing = keeper_module.read_standing
        async with keeping(store, database_url=database_url, redis_url=None) as keeper:
            await wait_for_files(store, 1)
            epoch, heard = read_list(store).epoch, asyncio.Event()

            async def hear_meanwhile(connection: keeper_module.Connection) -> keeper_module.Standing:
                standing = await read_standing(connection)
                if not heard.is_set():
                    keeper._hear(Announcement(2, only(SECOND)))
                    heard.set()
                return standing

            monkeypatch.setattr(keeper_module, "read_standing", hear_meanwhile)
            await heard.wait()
            await publish(database_url, 3, {SECOND: 2, THIRD: 3})
            assert await wait_for_files(store, 3) == SLICES
        assert read_list(store).epoch == epoch

    @pytest.mark.parametrize("most", [1, 10])
    async def test_an_answer_that_the_bus_has_overtaken_changes_nothing(
        self, store: TableStore, database_url: str, monkeypatch: pytest.MonkeyPatch, most: int
    ) -> None:
        monkeypatch.setattr(keeper_module, "MAX_JOURNAL_SLICES", most)
        await publish(database_url, 1, {FIRST: 1})
        count_changes = keeper_module.count_changes
        async with keeping(store, database_url=database_url, redis_url=None) as keeper:
            await wait_for_files(store, 1)

            async def hear_meanwhile(connection: keeper_module.Connection, after: int) -> int:
                count = await count_changes(connection, after)
                for number, slices in ((2, only(SECOND)), (3, {SECOND: None}), (4, only(THIRD))):
                    keeper._hear(Announcement(number, slices))
                return count

            monkeypatch.setattr(keeper_module, "count_changes", hear_meanwhile)
            # The database is asked between the second change set and the third.
            await publish(database_url, 2, {SECOND: 2, FIRST: 2})
            assert await wait_for_files(store, 4) == only(FIRST, THIRD)


@pytest.mark.servers
class TestDeltas:
    async def test_many_become_one_beside_everything_else(
        self, store: TableStore, bus: Bus, valkey_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("resolver.shelf.MAX_JOURNAL_SLICES", 0)
        monkeypatch.setattr("resolver.shelf.MAX_DELTAS", 1)
        monkeypatch.setattr(keeper_module, "_LOOK_FOR_DELTAS_SECONDS", 0.01)
        fill(store, 1, FIRST)
        async with keeping(store, database_url=None, redis_url=valkey_url):
            await bus.tell(Announcement(2, only(SECOND)))
            await bus.tell(Announcement(3, {**only(THIRD), FIRST: None}))
            await wait_for_files(store, 3)
            await until(lambda: len(read_list(store).deltas) == 1)
            assert read_plainly(store) == (3, only(SECOND, THIRD))


class TestNothingAnswers:
    async def test_the_files_stay_as_they_are(self, store: TableStore) -> None:
        fill(store, 7, FIRST)
        async with keeping(store, database_url=NOBODY_POSTGRES, redis_url=NOBODY_REDIS):
            pulse = await until(lambda: (pulse := store.read_pulse()) and pulse.failures > 1 and pulse)
        assert (pulse.is_asked, pulse.last_caught_up_at) == (True, None)
        assert pulse.last_error is not None
        assert read_plainly(store) == (7, only(FIRST))

    async def test_nobody_need_wait_for_a_database_that_there_is_not(self, store: TableStore) -> None:
        async with keeping(store, database_url=None, redis_url=None):
            assert (await until(store.read_pulse)).is_asked
