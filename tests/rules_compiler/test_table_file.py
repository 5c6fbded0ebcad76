"""Tables as files: what was written is found, deletions count, and damage is noticed."""

import io
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_compiler import table_file
from rules_compiler.snapshot import SnapshotInvalidError
from rules_compiler.table_file import DELETED, PackedTable, TableWriter, hash_key, merge

SLICES = {f"01/{number:014d}": f"slice {number}".encode() for number in range(1_000)}

names = st.text(alphabet="abcé/", max_size=3)
slices = st.dictionaries(names, st.binary(max_size=4), max_size=20)


def write(slices: Mapping[str, bytes], number: int = 7) -> bytes:
    out = io.BytesIO()
    writer = TableWriter(out, number)
    for key, value in slices.items():
        writer.add(key, value)
    writer.finish()
    return out.getvalue()


def read(content: bytes | bytearray) -> PackedTable:
    return PackedTable(memoryview(bytes(content)))


def find(table: PackedTable, key: str) -> bytes | None:
    return table.find(key.encode(), hash_key(key.encode()))


class TestPackedTable:
    def test_what_was_written_is_found(self) -> None:
        table = read(write(SLICES))
        assert {key: find(table, key) for key in SLICES} == SLICES
        assert (table.number, len(table)) == (7, len(SLICES))

    def test_what_was_not_written_is_not_there(self) -> None:
        assert find(read(write(SLICES)), "01/99999999999999") is None

    def test_an_empty_table_is_a_table(self) -> None:
        assert find(read(write({})), "01/00000000000000") is None

    def test_a_deleted_slice_is_told_from_an_unknown_one(self) -> None:
        assert find(read(write({"a": DELETED})), "a") == DELETED

    def test_keys_of_one_hash_are_told_apart(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(table_file, "hash_key", lambda _key: 5)
        table = read(write({"a": b"1", "b": b"2"}))
        assert [table.find(key, 5) for key in (b"a", b"b", b"c")] == [b"1", b"2", None]

    @given(slices)
    def test_items_are_what_was_written(self, slices: dict[str, bytes]) -> None:
        items = list(read(write(slices)).items())
        assert {key.decode(): value for _, key, value in items} == slices
        assert [hashed for hashed, _, _ in items] == sorted(hash_key(key.encode()) for key in slices)


class TestDamage:
    @pytest.mark.parametrize("place", [0, 9, 13, 20, 40, -1, -9, -4_000])
    def test_a_wrong_bit_in_header_or_index_is_noticed_when_opened(self, place: int) -> None:
        content = bytearray(write(SLICES))
        content[place] ^= 1
        with pytest.raises(SnapshotInvalidError):
            read(content)

    @pytest.mark.parametrize("kept", [0, 10, 1_000, -1])
    def test_a_cut_file_is_noticed_when_opened(self, kept: int) -> None:
        with pytest.raises(SnapshotInvalidError):
            read(write(SLICES)[:kept])

    def test_an_unfinished_file_is_no_table(self) -> None:
        out = io.BytesIO()
        TableWriter(out, 1).add("a", b"1")
        with pytest.raises(SnapshotInvalidError):
            read(out.getvalue())

    def test_a_wrong_bit_in_a_record_is_noticed_when_it_is_read(self) -> None:
        content = bytearray(write(SLICES))
        content[content.index(b"slice 500")] ^= 1
        table = read(content)
        assert find(table, f"01/{499:014d}") == b"slice 499"
        with pytest.raises(SnapshotInvalidError):
            find(table, f"01/{500:014d}")


class TestMerge:
    @given(slices, slices, slices)
    def test_the_newest_word_counts(
        self, oldest: dict[str, bytes], middle: dict[str, bytes], newest: dict[str, bytes]
    ) -> None:
        tables = [read(write(part)) for part in (newest, middle, oldest)]
        said = oldest | middle | newest
        for keeps_deleted in (True, False):
            out = io.BytesIO()
            writer = TableWriter(out, 9)
            merge(tables, writer, keeps_deleted=keeps_deleted)
            writer.finish()
            wanted = {key: value for key, value in said.items() if value or keeps_deleted}
            found = read(out.getvalue())
            assert {key.decode(): value for _, key, value in found.items()} == wanted
