"""A journal is read whole change set by whole change set, whatever became of its writer."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.journal import ChangeSet, JournalReader, JournalWriter
from tests.resolver.plain_files import cut, flip, full_disk, size_of

FIRST = ChangeSet(0, 1, {"a": b"apple", "b": None})
SECOND = ChangeSet(1, 4, {"c": b"cherry" * 100})
THIRD = ChangeSet(4, 5, {})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "0-1.journal"
    path.touch()
    return path


@pytest.fixture
def writer(path: Path) -> Iterator[JournalWriter]:
    with closing(JournalWriter(path)) as writer:
        yield writer


@pytest.fixture
def reader(path: Path) -> Iterator[JournalReader]:
    with closing(JournalReader(path)) as reader:
        yield reader


def read(path: Path) -> list[ChangeSet]:
    with closing(JournalReader(path)) as reader:
        return list(reader.read_new())


class TestReadNew:
    def test_an_empty_journal_has_nothing_in_it(self, path: Path) -> None:
        assert read(path) == []

    def test_change_sets_come_in_their_order(self, path: Path, writer: JournalWriter) -> None:
        for change_set in (FIRST, SECOND, THIRD):
            writer.append(change_set)
        assert read(path) == [FIRST, SECOND, THIRD]

    def test_reading_goes_on_where_it_ended(self, writer: JournalWriter, reader: JournalReader) -> None:
        writer.append(FIRST)
        assert list(reader.read_new()) == [FIRST]
        assert list(reader.read_new()) == []
        writer.append(SECOND)
        writer.append(THIRD)
        assert list(reader.read_new()) == [SECOND, THIRD]

    def test_who_stops_in_between_loses_nothing(self, writer: JournalWriter, reader: JournalReader) -> None:
        writer.append(FIRST)
        writer.append(SECOND)
        assert next(reader.read_new()) == FIRST
        assert list(reader.read_new()) == [SECOND]

    def test_it_is_never_seen_half_while_it_is_written(
        self, path: Path, writer: JournalWriter, reader: JournalReader
    ) -> None:
        writer.append(FIRST)
        list(reader.read_new())
        writer.append(SECOND)
        whole = path.read_bytes()
        start = reader.position
        for size in range(start, len(whole)):
            path.write_bytes(whole[:size])
            assert list(reader.read_new()) == []
        path.write_bytes(whole)
        assert list(reader.read_new()) == [SECOND]

    @pytest.mark.parametrize("place", [0, 3, 4, 7, 8, 20])
    def test_nothing_is_read_from_a_wrong_bit_on(self, path: Path, writer: JournalWriter, place: int) -> None:
        writer.append(FIRST)
        end = writer.size_bytes
        writer.append(SECOND)
        writer.append(THIRD)
        flip(path, end + place)
        assert read(path) == [FIRST]

    def test_zeros_as_a_loss_of_power_leaves_them_are_no_change_set(
        self, path: Path, writer: JournalWriter
    ) -> None:
        writer.append(FIRST)
        with path.open("ab") as file:
            file.write(bytes(4096))
        assert read(path) == [FIRST]


class TestAppend:
    def test_its_size_is_that_of_the_file(self, path: Path, writer: JournalWriter) -> None:
        for change_set in (FIRST, SECOND):
            writer.append(change_set)
            assert writer.size_bytes == size_of(path)

    @pytest.mark.parametrize("free", [0, 1, 8, 50])
    def test_what_a_full_disk_takes_half_is_taken_back(
        self, path: Path, writer: JournalWriter, reader: JournalReader, free: int
    ) -> None:
        writer.append(FIRST)
        size = size_of(path)
        with full_disk(size + free), pytest.raises(OSError, match="File too large"):
            writer.append(SECOND)
        assert size_of(path) == size
        assert list(reader.read_new()) == [FIRST]
        writer.append(THIRD)
        assert list(reader.read_new()) == [THIRD]
        assert read(path) == [FIRST, THIRD]

    def test_what_cannot_be_taken_back_is_written_over(
        self, path: Path, writer: JournalWriter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Stubborn:
            """A file that cannot be cut."""

            def __init__(self, file: object) -> None:
                self._file = file

            def truncate(self, _size: int) -> None:
                raise OSError("Input/output error")

            def __getattr__(self, name: str) -> object:
                return getattr(self._file, name)

        writer.append(FIRST)
        monkeypatch.setattr(writer, "_file", Stubborn(writer._file))
        with full_disk(size_of(path) + 50), pytest.raises(OSError, match="Input/output error"):
            writer.append(SECOND)
        assert read(path) == [FIRST]
        writer.append(THIRD)
        assert read(path) == [FIRST, THIRD]

    @pytest.mark.parametrize("lost", [1, 8, 500])
    def test_who_goes_on_after_a_torn_end_cuts_it_off(
        self, path: Path, writer: JournalWriter, lost: int
    ) -> None:
        writer.append(FIRST)
        end = writer.size_bytes
        writer.append(SECOND)
        cut(path, -lost)
        with closing(JournalWriter(path, end)) as next_writer:
            assert size_of(path) == end
            next_writer.append(THIRD)
        assert read(path) == [FIRST, THIRD]


change_sets = st.builds(
    ChangeSet,
    st.integers(0, 9),
    st.integers(10, 99),
    st.dictionaries(st.text(max_size=2), st.none() | st.binary(max_size=9), max_size=3),
)


@given(st.lists(change_sets, min_size=1, max_size=5), st.data())
def test_a_journal_that_is_cut_anywhere_gives_the_change_sets_before(
    tmp_path_factory: pytest.TempPathFactory, written: list[ChangeSet], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("cut") / "journal"
    path.touch()
    ends = [0]
    with closing(JournalWriter(path)) as writer:
        for change_set in written:
            writer.append(change_set)
            ends.append(writer.size_bytes)
    size = data.draw(st.integers(0, ends[-1]))
    cut(path, size)
    assert read(path) == written[: sum(end <= size for end in ends) - 1]
