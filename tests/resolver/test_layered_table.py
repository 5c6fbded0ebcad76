"""The newest layer that knows a key speaks, and a table that was left answers as before."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from resolver.layered_table import LayeredTable
from resolver.table_store import TableStore
from rules_compiler.model import SliceKey
from rules_compiler.snapshot import SnapshotInvalidError, slice_to_bytes
from rules_compiler.table_file import PackedTable
from rules_compiler.tables import BrandSlice
from tests.resolver.plain_files import make_table

A, B, C = "brand/a", "brand/b", "brand/c"


def pack(name: str) -> bytes:
    return slice_to_bytes(BrandSlice("", name, "org", {}))


@pytest.fixture
def store(tmp_path: Path) -> TableStore:
    return TableStore(tmp_path)


def make_file(store: TableStore, slices: Mapping[SliceKey, str | None]) -> PackedTable:
    packed = {key: name and pack(name) for key, name in slices.items()}
    return store.open_table(make_table(store, "base", 1, packed))  # type: ignore[arg-type]


def said(table: LayeredTable) -> list[str | None]:
    """Return the names of A, B and C."""
    found = [table.find(key) for key in (A, B, C)]
    return [each.name if isinstance(each, BrandSlice) else None for each in found]


@pytest.fixture
def table(store: TableStore) -> LayeredTable:
    """Hold A and B in a base; a delta over it changes A."""
    base = make_file(store, {A: "base", B: "base"})
    return LayeredTable(5, [make_file(store, {A: "delta"}), base])


class TestFind:
    def test_the_newest_file_speaks(self, table: LayeredTable) -> None:
        assert said(table) == ["delta", "base", None]

    def test_the_overlay_speaks_before_the_files(self, table: LayeredTable) -> None:
        assert said(table.adopt(6, {B: pack("new"), C: pack("new")})) == ["delta", "new", "new"]

    def test_what_a_delta_deletes_is_gone(self, store: TableStore) -> None:
        files = [make_file(store, {A: None}), make_file(store, {A: "delta"}), make_file(store, {A: "base"})]
        assert said(LayeredTable(5, files)) == [None, None, None]
        assert said(LayeredTable(5, files[1:])) == ["delta", None, None]

    def test_what_the_overlay_deletes_is_gone_until_it_comes_back(self, table: LayeredTable) -> None:
        deleted = table.adopt(6, {A: None, B: None, C: None})
        assert said(deleted) == [None, None, None]
        assert said(deleted.adopt(7, {A: pack("back")})) == ["back", None, None]

    def test_what_was_decoded_once_is_used_again(self, table: LayeredTable) -> None:
        newer = table.adopt(6, {C: pack("new")})
        for key in (A, B, C):
            assert newer.find(key) is newer.find(key)
        assert newer.find(A) is table.find(A)

    def test_a_damaged_slice_is_told_each_time_and_hides_no_other(self, table: LayeredTable) -> None:
        damaged = table.adopt(6, {B: b"\xc1"})
        for _ in range(2):
            with pytest.raises(SnapshotInvalidError):
                damaged.find(B)
        assert damaged.find(A) is not None


class TestAdopt:
    def test_the_table_that_was_left_answers_as_before(self, table: LayeredTable) -> None:
        before = said(table)
        newer = table.adopt(6, {A: pack("new"), B: None, C: pack("new")})
        assert said(newer) == ["new", None, "new"]
        newest = newer.adopt(7, {A: None, C: None})
        assert said(newest) == [None, None, None]
        assert (said(table), table.number) == (before, 5)
        assert (said(newer), newer.number) == (["new", None, "new"], 6)

    def test_what_was_decoded_before_a_change_is_not_given_after_it(self, table: LayeredTable) -> None:
        assert said(table) == ["delta", "base", None]
        assert said(table.adopt(6, {A: pack("new"), B: None})) == ["new", None, None]

    def test_sizes_count_every_layer(self, table: LayeredTable) -> None:
        newer = table.adopt(6, {A: pack("new"), C: None})
        assert (newer.overlay_size, len(newer)) == (2, 5)


class TestOver:
    def test_what_is_newer_than_the_files_stays(self, table: LayeredTable, store: TableStore) -> None:
        newer = table.adopt(6, {A: pack("six"), B: pack("six")}).adopt(8, {B: pack("eight")})
        over = newer.over(7, [make_file(store, {A: "seven", B: "seven", C: "seven"})])
        assert (said(over), over.number, over.overlay_size) == (["seven", "eight", "seven"], 8, 1)

    def test_a_deletion_that_is_newer_than_the_files_stays(
        self, table: LayeredTable, store: TableStore
    ) -> None:
        over = table.adopt(8, {A: None}).over(7, [make_file(store, {A: "seven"})])
        assert said(over) == [None, None, None]

    def test_newer_files_bring_their_number(self, table: LayeredTable, store: TableStore) -> None:
        over = table.adopt(6, {A: None}).over(9, [make_file(store, {A: "nine"})])
        assert (said(over), over.number, over.overlay_size) == (["nine", None, None], 9, 0)

    def test_what_was_decoded_from_other_files_is_not_given(
        self, table: LayeredTable, store: TableStore
    ) -> None:
        before = said(table)
        assert said(table.over(9, [make_file(store, {A: "nine"})])) == ["nine", None, None]
        assert said(table) == before
