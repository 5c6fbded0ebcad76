"""Whole tables come from offered bases, when they come whole; else from the slices."""

from pathlib import Path

import pytest

from resolver import keeper as keeper_module
from resolver.shelf import Shelf
from resolver.table_store import TableStore, number_of
from rules_compiler.announcement import Announcement
from tests.conftest import execute
from tests.resolver.keeping import (
    FIRST,
    SECOND,
    SLICES,
    THIRD,
    keeping,
    offer_base,
    only,
    publish,
    until,
    wait_for_files,
)
from tests.resolver.plain_files import make_table, names, read_list

pytestmark = pytest.mark.servers


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """Where a base is built before it is offered."""
    return tmp_path / "beside"


@pytest.fixture
def url(database_url: str) -> str:
    return database_url


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "_LOOK_FOR_BASE_SECONDS", 0.05)


def fill(store: TableStore, number: int, *keys: str) -> None:
    shelf = Shelf(store)
    shelf.start(make_table(store, "base", number, only(*keys)))
    shelf.close()


class Lists:
    """Notes every list that counts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.numbers: list[int] = []
        write_files = TableStore.write_files

        def write_and_note(store: TableStore, files: object) -> None:
            write_files(store, files)  # type: ignore[arg-type]
            self.numbers.append(read_list(store).number)

        monkeypatch.setattr(TableStore, "write_files", write_and_note)


class TestStart:
    async def test_it_begins_from_an_offered_base(self, store: TableStore, url: str, beside: Path) -> None:
        await offer_base(url, beside, 3, [FIRST, SECOND])
        # What the base has is not taken from the slices.
        await publish(url, 3)
        async with keeping(store, database_url=url, redis_url=None):
            assert await wait_for_files(store, 3) == only(FIRST, SECOND)

    async def test_what_came_after_it_counts_at_the_same_moment(
        self, store: TableStore, url: str, beside: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lists = Lists(monkeypatch)
        await offer_base(url, beside, 3, [FIRST, SECOND])
        await publish(url, 5, {FIRST: -4, THIRD: 5})
        async with keeping(store, database_url=url, redis_url=None):
            assert await wait_for_files(store, 5) == only(SECOND, THIRD)
            assert number_of(read_list(store).base) == 3
        assert lists.numbers[0] == 5

    async def test_one_that_is_not_offered_is_left(self, store: TableStore, url: str, beside: Path) -> None:
        await offer_base(url, beside, 3, [FIRST])
        await execute(url, "UPDATE bases SET offered_at = NULL")
        await publish(url, 4, {SECOND: 4})
        async with keeping(store, database_url=url, redis_url=None):
            assert await wait_for_files(store, 4) == only(SECOND)

    @pytest.mark.parametrize("damage", [lambda sent: sent[:-1], lambda sent: sent + b"x", lambda _sent: b""])
    async def test_one_that_does_not_come_whole_is_not_used(
        self, store: TableStore, url: str, beside: Path, damage: object
    ) -> None:
        await offer_base(url, beside, 3, [FIRST, SECOND], damage=damage)  # type: ignore[arg-type]
        await publish(url, 4, {THIRD: 2, SECOND: 4})
        async with keeping(store, database_url=url, redis_url=None):
            assert await wait_for_files(store, 4) == only(SECOND, THIRD)
            pulse = await until(lambda: (pulse := store.read_pulse()) and pulse.last_caught_up_at and pulse)
            assert pulse.failures >= 1

    async def test_one_of_a_format_that_nobody_here_reads_is_not_used(
        self, store: TableStore, url: str, beside: Path
    ) -> None:
        await offer_base(url, beside, 3, [FIRST], damage=lambda sent: b"\0" + sent[1:], is_told=True)
        await publish(url, 4, {SECOND: 4})
        async with keeping(store, database_url=url, redis_url=None):
            assert await wait_for_files(store, 4) == only(SECOND)
            files = read_list(store)
            assert names(store) - {files.journal} == {*files.tables}


class TestBehind:
    async def test_files_older_than_every_base_are_taken_anew(
        self, store: TableStore, url: str, beside: Path
    ) -> None:
        """Their database may have forgotten what was deleted meanwhile."""
        fill(store, 1, FIRST, SECOND)
        await offer_base(url, beside, 3, [FIRST])
        await publish(url, 4, {FIRST: 2, THIRD: 4})
        async with keeping(store, database_url=url, redis_url=None):
            assert await wait_for_files(store, 4) == only(FIRST, THIRD)

    async def test_files_as_new_as_the_oldest_base_catch_up(
        self, store: TableStore, url: str, beside: Path
    ) -> None:
        fill(store, 3, FIRST, SECOND)
        epoch = read_list(store).epoch
        await offer_base(url, beside, 3, [FIRST, SECOND])
        await publish(url, 4, {SECOND: -4})
        async with keeping(store, database_url=url, redis_url=None):
            assert await wait_for_files(store, 4) == only(FIRST)
        assert read_list(store).epoch == epoch


class TestNewerBase:
    async def test_it_is_put_below_while_serving(self, store: TableStore, url: str, beside: Path) -> None:
        await publish(url, 2, {FIRST: 1, SECOND: 2})
        async with keeping(store, database_url=url, redis_url=None):
            await wait_for_files(store, 2)
            before = read_list(store)
            await publish(url, 4, {FIRST: -3, THIRD: 4})
            await offer_base(url, beside, 3, [SECOND])
            await until(lambda: number_of(read_list(store).base) == 3)
            assert await wait_for_files(store, 4) == only(SECOND, THIRD)
        after = read_list(store)
        assert (after.epoch, after.previous_base) == (before.epoch, before.base)

    async def test_one_that_does_not_come_whole_keeps_nobody_from_catching_up(
        self, store: TableStore, url: str, beside: Path
    ) -> None:
        fill(store, 1, FIRST)
        await publish(url, 2)
        async with keeping(store, database_url=url, redis_url=None):
            await wait_for_files(store, 2)
            base = read_list(store).base
            await offer_base(url, beside, 2, [FIRST], damage=lambda sent: sent[:-1])
            await until(lambda: (pulse := store.read_pulse()) and pulse.failures)
            await publish(url, 3, {SECOND: 3})
            assert await wait_for_files(store, 3) == only(FIRST, SECOND)
            assert read_list(store).base == base

    async def test_what_is_heard_and_folded_while_it_comes_stays(
        self, store: TableStore, url: str, beside: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("resolver.shelf.MAX_JOURNAL_SLICES", 0)
        fetch_base = keeper_module.fetch_base
        await publish(url, 1, {FIRST: 1})
        async with keeping(store, database_url=url, redis_url=None) as keeper:
            await wait_for_files(store, 1)

            async def hear_meanwhile(*arguments: object) -> str:
                name = await fetch_base(*arguments)  # type: ignore[arg-type]
                for number, key in ((2, SECOND), (3, THIRD)):
                    await publish(url, number, {key: number})
                    keeper._hear(Announcement(number, only(key)))
                return name

            monkeypatch.setattr(keeper_module, "fetch_base", hear_meanwhile)
            await publish(url, 2)
            await offer_base(url, beside, 2, [FIRST, SECOND])
            await until(lambda: number_of(read_list(store).base) == 2)
            assert await wait_for_files(store, 3) == SLICES
