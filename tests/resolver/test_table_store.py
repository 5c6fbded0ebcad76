"""The list of a host's files is replaced whole, and what it does not name goes."""

from pathlib import Path

import orjson
import pytest

from resolver.table_store import Files, Pulse, TableStore, install_base, number_of
from rules_compiler.snapshot import SnapshotInvalidError
from rules_compiler.table_file import hash_key
from tests.resolver.plain_files import (
    cut,
    flip,
    full_disk,
    make_table,
    names,
    read_list,
    read_plainly,
    replace,
    size_of,
)

SLICES = {"a": b"apple", "b": b"banana"}


def make_files(store: TableStore, number: int = 5, **fields: object) -> Files:
    base = make_table(store, "base", number, SLICES)
    files = Files(epoch="e", number=number, base=base, journal=store.new_journal(number))
    return files.replaced(**fields)


class TestList:
    def test_nothing_counts_at_first(self, store: TableStore) -> None:
        assert store.read_files() is None
        assert store.find_stamp() is None

    def test_what_was_written_is_read(self, store: TableStore) -> None:
        files = make_files(store, deltas=(make_table(store, "delta", 6, {}),), previous_base="base-1-x.table")
        store.write_files(files)
        assert store.read_files() == files
        assert files.tables == (files.deltas[0], files.base)

    def test_its_stamp_changes_with_it(self, store: TableStore) -> None:
        stamps = set()
        for number in range(5):
            store.write_files(make_files(store, number))
            stamps.add(store.find_stamp())
        assert len(stamps) == 5

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b"null", b'"x"', b"{}", b'{"format":1}'])
    def test_anything_else_is_no_list(self, store: TableStore, content: bytes) -> None:
        store.write_files(make_files(store))
        replace(store.folder / "list.json", content)
        assert store.read_files() is None

    def test_no_bit_of_it_can_be_wrong_unnoticed(self, store: TableStore) -> None:
        files = make_files(store)
        store.write_files(files)
        path = store.folder / "list.json"
        for place in range(size_of(path)):
            flip(path, place)
            assert store.read_files() is None, place
            flip(path, place)
        assert store.read_files() == files

    def test_no_byte_of_it_can_be_missing(self, store: TableStore) -> None:
        store.write_files(make_files(store))
        path = store.folder / "list.json"
        for _ in range(size_of(path)):
            cut(path, -1)
            assert store.read_files() is None

    def test_one_of_another_format_is_left_to_who_knows_it(self, store: TableStore) -> None:
        store.write_files(make_files(store))
        path = store.folder / "list.json"
        replace(path, orjson.dumps(orjson.loads(path.read_bytes()) | {"format": 2}))
        assert store.read_files() is None


class TestOthers:
    def test_what_is_not_listed_any_more_is_removed(self, store: TableStore) -> None:
        store.write_files(make_files(store, 1))
        files = make_files(store, 2)
        store.write_files(files)
        assert names(store) == {files.base, files.journal}

    def test_the_previous_base_stays(self, store: TableStore) -> None:
        first = make_files(store, 1)
        store.write_files(first)
        files = make_files(store, 2, previous_base=first.base)
        store.write_files(files)
        assert names(store) == {files.base, files.journal, first.base}

    def test_what_is_made_but_not_yet_listed_stays(self, store: TableStore) -> None:
        made = make_table(store, "base", 9, {})
        with store.new_table("delta", 9) as (_writer, name):
            store.write_files(make_files(store))
        assert {made, name} <= names(store)
        store.drop(made, name)
        assert not {made, name} & names(store)

    def test_what_an_earlier_run_left_goes(self, store: TableStore) -> None:
        files = make_files(store)
        store.write_files(files)
        left = make_table(store, "base", 9, {})
        (store.folder / "delta-9-x.table.new").touch()
        another = TableStore(store.folder)
        another.remove_others(files)
        assert left not in names(store)
        assert names(store) == {files.base, files.journal}

    def test_what_cannot_be_removed_keeps_nothing_from_counting(
        self, store: TableStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.write_files(make_files(store, 1))

        def refuse(_path: Path, missing_ok: bool = False) -> None:
            raise OSError("Read-only file system")

        monkeypatch.setattr(Path, "unlink", refuse)
        files = make_files(store, 2)
        store.write_files(files)
        assert store.read_files() == files


class TestTables:
    def test_what_fails_while_it_is_written_leaves_nothing(self, store: TableStore) -> None:
        with pytest.raises(TypeError):
            make_table(store, "base", 1, {"a": b"apple", "b": 7})  # type: ignore[dict-item]
        assert names(store) == set()

    def test_what_the_disk_has_no_room_for_leaves_nothing(self, store: TableStore) -> None:
        with full_disk(100), pytest.raises(OSError, match="File too large"):
            make_table(store, "base", 1, {"a": bytes(100_000)})
        assert names(store) == set()

    def test_its_name_tells_its_number(self, store: TableStore) -> None:
        assert number_of(make_table(store, "delta", 17, {})) == 17

    def test_an_empty_file_is_no_table(self, store: TableStore) -> None:
        name = make_table(store, "base", 1, SLICES)
        cut(store.folder / name, 0)
        with pytest.raises(SnapshotInvalidError, match="empty"):
            store.open_table(name)

    def test_what_is_mapped_stays_when_its_file_is_removed(self, store: TableStore) -> None:
        name = make_table(store, "base", 1, SLICES)
        table = store.open_table(name)
        store.drop(name)
        assert table.find(b"a", hash_key(b"a")) == b"apple"

    def test_a_base_that_is_installed_serves(self, tmp_path: Path) -> None:
        install_base(tmp_path, 3, SLICES.items())
        assert read_plainly(TableStore(tmp_path)) == (3, SLICES)

    def test_another_one_that_is_installed_has_nothing_to_do_with_it(self, tmp_path: Path) -> None:
        epochs = set()
        for number in (3, 2):
            install_base(tmp_path, number, SLICES.items())
            epochs.add(read_list(TableStore(tmp_path)).epoch)
        assert len(epochs) == 2


class TestPulse:
    PULSE = Pulse(at=5.0, head=7, is_asked=True, last_error="OSError", failures=2)

    def test_what_was_told_is_read(self, store: TableStore) -> None:
        assert store.read_pulse() is None
        store.write_pulse(self.PULSE)
        assert store.read_pulse() == self.PULSE

    def test_a_shorter_one_leaves_nothing_of_a_longer_one(self, store: TableStore) -> None:
        store.write_pulse(self.PULSE)
        store.write_pulse(Pulse())
        assert store.read_pulse() == Pulse()

    def test_it_can_be_told_on_a_full_disk(self, store: TableStore) -> None:
        store.write_pulse(Pulse())
        taken = {path.name: size_of(path) for path in store.folder.iterdir()}
        store.write_pulse(self.PULSE)
        assert {path.name: size_of(path) for path in store.folder.iterdir()} == taken

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b"null", b'{"x":1}'])
    def test_anything_else_tells_nothing(self, store: TableStore, content: bytes) -> None:
        store.write_pulse(self.PULSE)
        (store.folder / "pulse.json").write_bytes(content)
        assert store.read_pulse() is None
