"""The files of a host take every change whole, and are taken up again by the next keeper."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import pytest

from resolver import shelf as shelf_module
from resolver.shelf import MAX_DELTAS, Shelf
from resolver.table_store import TableStore
from rules_compiler.model import SliceKey
from rules_compiler.snapshot import SnapshotInvalidError
from rules_compiler.table_file import merge
from tests.resolver.plain_files import cut, flip, full_disk, make_table, names, read_list, read_plainly

BASE = {"a": b"apple", "b": b"banana"}


@pytest.fixture
def shelf(store: TableStore) -> Iterator[Shelf]:
    """Hold `BASE` as change set 5."""
    with closing(Shelf(store)) as shelf:
        shelf.start(make_table(store, "base", 5, BASE))
        yield shelf


@pytest.fixture
def _small_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf_module, "MAX_JOURNAL_SLICES", 1)


def add_delta(store: TableStore, shelf: Shelf, number: int, slices: Mapping[SliceKey, bytes | None]) -> None:
    shelf.add_delta(make_table(store, "delta", number, slices))


def reopen(store: TableStore) -> Shelf:
    shelf = Shelf(TableStore(store.folder))
    shelf.open()
    shelf.close()
    return shelf


class TestStart:
    def test_the_base_is_all_there_is(self, store: TableStore, shelf: Shelf) -> None:
        shelf.append(6, {"c": b"cherry"})
        shelf.start(make_table(store, "base", 2, {"d": b"date"}))
        assert (shelf.number, shelf.base_number) == (2, 2)
        assert read_plainly(store) == (2, {"d": b"date"})

    def test_a_delta_over_it_counts_at_the_same_moment(self, store: TableStore, shelf: Shelf) -> None:
        base = make_table(store, "base", 2, BASE)
        shelf.start(base, make_table(store, "delta", 9, {"a": None, "d": b"date"}))
        assert (shelf.number, shelf.base_number) == (9, 2)
        assert read_plainly(store) == (9, {"b": b"banana", "d": b"date"})

    def test_it_has_nothing_to_do_with_what_was_before(self, store: TableStore, shelf: Shelf) -> None:
        epoch = read_list(store).epoch
        shelf.start(make_table(store, "base", 5, BASE))
        files = read_list(store)
        assert files.epoch != epoch
        assert names(store) == {files.base, files.journal}


class TestAppend:
    def test_what_changes_is_in_the_journal(self, store: TableStore, shelf: Shelf) -> None:
        shelf.append(6, {"a": None})
        shelf.append(8, {"c": b"cherry"})
        assert shelf.number == 8
        assert read_plainly(store) == (8, {"b": b"banana", "c": b"cherry"})

    @pytest.mark.parametrize("number", [4, 5])
    def test_what_is_not_newer_changes_nothing(self, store: TableStore, shelf: Shelf, number: int) -> None:
        shelf.append(number, {"a": b"old"})
        assert shelf.number == 5
        assert read_plainly(store) == (5, BASE)

    def test_there_is_nothing_to_change_before_a_base(self, store: TableStore) -> None:
        shelf = Shelf(store)
        shelf.append(1, {"a": b"apple"})
        assert (shelf.number, store.read_files()) == (None, None)

    def test_what_the_disk_does_not_take_is_not_counted(self, store: TableStore, shelf: Shelf) -> None:
        shelf.append(6, {"a": b"avocado"})
        with full_disk(60), pytest.raises(OSError, match="File too large"):
            shelf.append(7, {"b": bytes(100)})
        assert shelf.number == 6
        shelf.append(8, {"b": b"blueberry"})
        assert read_plainly(store) == (8, {"a": b"avocado", "b": b"blueberry"})


@pytest.mark.usefixtures("_small_journal")
class TestFold:
    def test_a_short_journal_stays(self, store: TableStore, shelf: Shelf) -> None:
        shelf.append(6, {"a": None})
        files = read_list(store)
        shelf.fold()
        assert read_list(store) == files

    def test_a_journal_of_many_slices_becomes_a_delta(self, store: TableStore, shelf: Shelf) -> None:
        shelf.append(6, {"a": None, "c": b"cherry"})
        shelf.fold()
        files = read_list(store)
        assert (len(files.deltas), files.number) == (1, 6)
        assert read_plainly(store) == (6, {"b": b"banana", "c": b"cherry"})
        assert names(store) == {*files.tables, files.journal}

    def test_a_journal_of_many_bytes_becomes_a_delta(
        self, store: TableStore, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shelf_module, "MAX_JOURNAL_BYTES", 100)
        shelf.append(6, {"a": bytes(101)})
        shelf.fold()
        assert len(read_list(store).deltas) == 1

    async def test_many_deltas_become_one(self, store: TableStore, shelf: Shelf) -> None:
        for number in range(6, 6 + MAX_DELTAS + 1):
            await shelf.merge()
            assert len(read_list(store).deltas) == number - 6
            shelf.append(number, {"a": f"{number}".encode(), f"k{number}": b"new"})
            shelf.fold()
        await shelf.merge()
        files = read_list(store)
        assert len(files.deltas) == 1
        assert names(store) == {*files.tables, files.journal}
        number, slices = read_plainly(store)
        assert (number, slices["a"], len(slices)) == (14, b"14", 2 + MAX_DELTAS + 1)

    async def test_what_was_deleted_stays_so_when_deltas_become_one(
        self, store: TableStore, shelf: Shelf
    ) -> None:
        shelf.append(6, {"a": None, "c": None})
        shelf.fold()
        for number in range(7, 7 + MAX_DELTAS):
            shelf.append(number, {"x": b"x", "y": b"y"})
            shelf.fold()
        await shelf.merge()
        assert len(read_list(store).deltas) == 1
        assert set(read_plainly(store)[1]) == {"b", "x", "y"}


@pytest.mark.usefixtures("_small_journal")
class TestMerge:
    async def test_changes_are_taken_meanwhile(
        self, store: TableStore, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fold_often(shelf)
        began, go_on = threading.Event(), threading.Event()

        def merge_when_told(*arguments: Any, **options: Any) -> None:
            began.set()
            assert go_on.wait(10)
            merge(*arguments, **options)

        monkeypatch.setattr(shelf_module, "merge", merge_when_told)
        merging = asyncio.create_task(shelf.merge())
        await asyncio.to_thread(began.wait, 10)
        shelf.append(20, {"a": None, "c": b"cherry"})
        shelf.fold()
        shelf.append(21, {"d": b"date"})
        go_on.set()
        await merging
        assert len(read_list(store).deltas) == 2
        number, slices = read_plainly(store)
        assert (number, slices.keys() & {"a", "c", "d"}) == (21, {"c", "d"})

    async def test_what_a_base_has_overtaken_is_of_no_use(
        self, store: TableStore, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fold_often(shelf)
        in_loop = asyncio.get_running_loop()

        def change_base_first(*arguments: Any, **options: Any) -> None:
            merge(*arguments, **options)
            change = asyncio.run_coroutine_threadsafe(change_base(), in_loop)
            change.result(10)

        async def change_base() -> None:
            shelf.change_base(make_table(store, "base", 8, {"b": b"bread"}))

        monkeypatch.setattr(shelf_module, "merge", change_base_first)
        await shelf.merge()
        files = read_list(store)
        assert len(files.deltas) == MAX_DELTAS - 2
        assert names(store) == {*files.tables, files.journal, files.previous_base}


def fold_often(shelf: Shelf) -> None:
    """Leave more deltas than there should be, of change sets 6 to 14."""
    for number in range(6, 6 + MAX_DELTAS + 1):
        shelf.append(number, {"a": b"apple", f"k{number}": b"new"})
        shelf.fold()


class TestAddDelta:
    def test_it_stands_over_what_the_journal_has(self, store: TableStore, shelf: Shelf) -> None:
        shelf.append(6, {"a": b"avocado", "c": b"cherry"})
        add_delta(store, shelf, 9, {"a": None})
        assert shelf.number == 9
        assert read_plainly(store) == (9, {"b": b"banana", "c": b"cherry"})
        files = read_list(store)
        assert names(store) == {*files.tables, files.journal}

    @pytest.mark.parametrize("number", [6, 7])
    def test_one_that_the_bus_has_overtaken_is_of_no_use(
        self, store: TableStore, shelf: Shelf, number: int
    ) -> None:
        shelf.append(6, {"a": b"six"})
        shelf.append(7, {"a": b"seven"})
        before = names(store)
        add_delta(store, shelf, number, {"a": b"six"})
        assert read_plainly(store) == (7, {**BASE, "a": b"seven"})
        assert names(store) == before


class TestChangeBase:
    def test_deltas_that_it_has_in_it_go_and_newer_ones_stay(self, store: TableStore, shelf: Shelf) -> None:
        add_delta(store, shelf, 6, {"a": b"six"})
        add_delta(store, shelf, 8, {"a": b"eight"})
        newer = read_list(store).deltas[1]
        shelf.append(9, {"b": None})
        shelf.change_base(make_table(store, "base", 7, {"a": b"six", "b": b"banana", "c": b"seven"}))
        files = read_list(store)
        assert (files.deltas, files.number, shelf.base_number) == ((newer,), 8, 7)
        assert read_plainly(store) == (9, {"a": b"eight", "c": b"seven"})

    def test_the_journal_keeps_what_is_newer_only(self, store: TableStore, shelf: Shelf) -> None:
        shelf.append(6, {"a": b"six"})
        shelf.append(8, {"b": None})
        shelf.change_base(make_table(store, "base", 7, {"a": b"seven", "b": b"banana"}))
        assert read_plainly(store) == (8, {"a": b"seven"})
        assert shelf.number == 8

    def test_one_that_is_newer_than_everything_brings_its_number(
        self, store: TableStore, shelf: Shelf
    ) -> None:
        shelf.append(6, {"a": b"six"})
        shelf.change_base(make_table(store, "base", 9, {"c": b"cherry"}))
        assert shelf.number == 9
        assert read_plainly(store) == (9, {"c": b"cherry"})

    def test_the_table_goes_on_and_the_base_before_is_kept(self, store: TableStore, shelf: Shelf) -> None:
        before = read_list(store)
        for number in (6, 7):
            previous = read_list(store).base
            shelf.change_base(make_table(store, "base", number, BASE))
        files = read_list(store)
        assert files.epoch == before.epoch
        assert names(store) == {files.base, files.journal, previous}

    @pytest.mark.parametrize("number", [4, 5])
    def test_one_that_is_not_newer_is_of_no_use(self, store: TableStore, shelf: Shelf, number: int) -> None:
        before = names(store)
        shelf.change_base(make_table(store, "base", number, {}))
        assert read_plainly(store) == (5, BASE)
        assert names(store) == before


class TestOpen:
    def test_the_next_keeper_goes_on_where_the_last_one_ended(self, store: TableStore, shelf: Shelf) -> None:
        add_delta(store, shelf, 6, {"a": None})
        shelf.append(7, {"c": b"cherry"})
        assert reopen(store).number == 7

    def test_a_change_set_that_changed_no_slice_is_counted(self, store: TableStore, shelf: Shelf) -> None:
        shelf.append(6, {"c": b"cherry"})
        shelf.append(7, {})
        assert reopen(store).number == 7
        add_delta(store, shelf, 8, {})
        shelf.append(9, {})
        shelf.change_base(make_table(store, "base", 7, BASE))
        assert read_plainly(store)[0] == reopen(store).number == 9

    @pytest.mark.usefixtures("_small_journal")
    def test_what_the_journal_has_is_folded_by_the_next_keeper(self, store: TableStore, shelf: Shelf) -> None:
        shelf.append(6, {"a": None, "c": b"cherry"})
        with closing(Shelf(store)) as later:
            later.open()
            later.fold()
        assert len(read_list(store).deltas) == 1
        assert read_plainly(store) == (6, {"b": b"banana", "c": b"cherry"})

    def test_a_torn_end_of_the_journal_is_written_over(self, store: TableStore, shelf: Shelf) -> None:
        shelf.append(6, {"c": b"cherry"})
        shelf.append(7, {"d": b"date"})
        cut(store.folder / read_list(store).journal, -1)
        with closing(Shelf(store)) as later:
            later.open()
            assert later.number == 6
            later.append(7, {"e": b"elderberry"})
        assert read_plainly(store) == (7, {**BASE, "c": b"cherry", "e": b"elderberry"})

    def test_who_has_read_what_is_torn_off_reads_on_in_a_new_journal(
        self, store: TableStore, shelf: Shelf
    ) -> None:
        shelf.append(6, {"c": b"cherry"})
        shelf.append(7, {"d": b"date"})
        journal = read_list(store).journal
        cut(store.folder / journal, -1)
        reopen(store)
        assert read_list(store).journal != journal
        assert read_plainly(store) == (6, {**BASE, "c": b"cherry"})

    def test_without_a_list_there_is_nothing(self, store: TableStore) -> None:
        assert reopen(store).number is None

    @pytest.mark.parametrize("place", [0, -1])
    @pytest.mark.parametrize("kind", ["base", "delta"])
    def test_a_table_with_a_damaged_index_is_of_no_use(
        self, store: TableStore, shelf: Shelf, kind: str, place: int
    ) -> None:
        add_delta(store, shelf, 6, {"a": None})
        files = read_list(store)
        flip(store.folder / {"base": files.base, "delta": files.deltas[0]}[kind], place)
        assert reopen(store).number is None

    @pytest.mark.parametrize("kind", ["base", "journal"])
    def test_a_missing_file_is_noticed(self, store: TableStore, shelf: Shelf, kind: str) -> None:
        (store.folder / getattr(read_list(store), kind)).unlink()
        assert reopen(store).number is None

    def test_a_truncated_base_is_noticed(self, store: TableStore, shelf: Shelf) -> None:
        cut(store.folder / read_list(store).base, -8)
        assert reopen(store).number is None

    def test_who_starts_over_after_damage_keeps_nothing_of_it(self, store: TableStore, shelf: Shelf) -> None:
        shelf.append(6, {"a": b"six"})
        flip(store.folder / read_list(store).base, 0)
        with closing(Shelf(store)) as later:
            later.open()
            later.start(make_table(store, "base", 6, {"b": b"banana"}))
            later.append(7, {"c": b"cherry"})
        assert read_plainly(store) == (7, {"b": b"banana", "c": b"cherry"})


class TestVerify:
    async def test_whole_files_are_found_whole(self, store: TableStore, shelf: Shelf) -> None:
        add_delta(store, shelf, 6, {"a": None})
        later = reopen(store)
        await later.verify()
        assert not later.is_damaged

    async def test_a_wrong_bit_in_a_record_is_found(self, store: TableStore, shelf: Shelf) -> None:
        base = store.folder / read_list(store).base
        flip(base, base.read_bytes().index(b"banana"))
        later = reopen(store)
        assert later.number == 5
        await later.verify()
        assert later.is_damaged
        with pytest.raises(SnapshotInvalidError):
            read_plainly(store)

    async def test_others_run_meanwhile(self, store: TableStore, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shelf_module, "_VERIFIED_AT_ONCE", 1)
        with closing(Shelf(store)) as shelf:
            shelf.start(make_table(store, "base", 5, BASE))
            verifying = asyncio.create_task(shelf.verify())
            await asyncio.sleep(0)
            assert not verifying.done()
            verifying.cancel()
            await asyncio.gather(verifying, return_exceptions=True)
            assert not shelf.is_damaged

    async def test_damage_of_what_was_replaced_meanwhile_does_not_count(
        self, store: TableStore, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shelf_module, "_VERIFIED_AT_ONCE", 1)
        base = store.folder / read_list(store).base
        flip(base, base.read_bytes().index(b"banana"))
        verifying = asyncio.create_task(shelf.verify())
        await asyncio.sleep(0)
        shelf.start(make_table(store, "base", 6, BASE))
        await verifying
        assert not shelf.is_damaged

    async def test_who_starts_over_is_whole(self, store: TableStore, shelf: Shelf) -> None:
        shelf.is_damaged = True
        shelf.start(make_table(store, "base", 6, BASE))
        assert not shelf.is_damaged
