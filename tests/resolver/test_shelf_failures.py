"""Whatever fails or ends at whatever step, the files are those before a change or those after it."""

import asyncio
import io
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from resolver import journal as journal_module
from resolver import shelf as shelf_module
from resolver.shelf import Shelf
from resolver.table_store import TableStore
from tests.resolver.plain_files import make_table, names, read_list, read_plainly

Change = Callable[[TableStore, Shelf], None]

BEFORE = {"a": b"apple", "b": b"banana", "c": b"cherry"}
MAX_STEPS = 60


def start(store: TableStore, shelf: Shelf) -> None:
    base = make_table(store, "base", 3, {"b": b"3"})
    try:
        delta = make_table(store, "delta", 9, {"c": b"9"})
    except OSError:
        store.drop(base)
        raise
    shelf.start(base, delta)


def append(_store: TableStore, shelf: Shelf) -> None:
    shelf.append(9, {"a": None})


def fold(_store: TableStore, shelf: Shelf) -> None:
    shelf._fold()


def add_delta(store: TableStore, shelf: Shelf) -> None:
    shelf.add_delta(make_table(store, "delta", 9, {"a": None}))


def merge(_store: TableStore, shelf: Shelf) -> None:
    shelf._fold()
    asyncio.run(shelf.merge())


def change_base(store: TableStore, shelf: Shelf) -> None:
    shelf.change_base(make_table(store, "base", 6, {"a": b"apple", "b": b"banana"}))


CHANGES: dict[Change, tuple[int, dict[str, bytes]]] = {
    start: (9, {"b": b"3", "c": b"9"}),
    append: (9, {"b": b"banana", "c": b"cherry"}),
    fold: (7, BEFORE),
    merge: (7, BEFORE),
    add_delta: (9, {"b": b"banana", "c": b"cherry"}),
    change_base: (7, BEFORE),
}
every_change = pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)


class Ended(BaseException):
    """The process is killed: nothing that follows reaches the disk."""


class Disk:
    """Counts the steps that reach the disk, and fails at one of them, or from there on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fails_at = -1
        self.error: BaseException = OSError("Input/output error")
        self.steps = 0
        for owner, name in (
            (Path, "open"),
            (Path, "touch"),
            (Path, "rename"),
            (Path, "unlink"),
            (os, "truncate"),
        ):
            monkeypatch.setattr(owner, name, self._counted(getattr(owner, name)))
        monkeypatch.setattr(os, "fsync", self._counted(lambda _descriptor: None))
        disk = self

        class File(io.FileIO):
            def write(self, content: Any) -> int:
                return disk._counted(super().write)(content)

            def truncate(self, size: int | None = None) -> int:
                return disk._counted(super().truncate)(size)

        monkeypatch.setattr(journal_module.io, "FileIO", File)

    def _counted(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def count(*arguments: Any, **options: Any) -> Any:
            is_ended = isinstance(self.error, Ended) and self.steps > self.fails_at >= 0
            self.steps += 1
            if is_ended or self.steps - 1 == self.fails_at:
                raise self.error
            return work(*arguments, **options)

        return count

    @contextmanager
    def failing(self, at: int, error: BaseException) -> Iterator[None]:
        self.steps, self.fails_at, self.error = 0, at, error
        try:
            yield
        finally:
            self.fails_at = -1


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    monkeypatch.setattr(shelf_module, "MAX_DELTAS", 1)
    return Disk(monkeypatch)


@contextmanager
def prepared(store: TableStore) -> Iterator[Shelf]:
    """Give a shelf of a base, a delta and a journal that holds change set 7 and `BEFORE`."""
    with closing(Shelf(store)) as shelf:
        shelf.start(make_table(store, "base", 5, {"a": b"apple"}))
        shelf.add_delta(make_table(store, "delta", 6, {"b": b"banana"}))
        shelf.append(7, {"c": b"cherry"})
        yield shelf


@every_change
class TestFailure:
    def test_all_is_as_before_or_as_after_and_goes_on(
        self, store: TableStore, disk: Disk, change: Change
    ) -> None:
        outcomes = []
        for step in range(MAX_STEPS):
            with prepared(store) as shelf:
                with disk.failing(step, OSError("Input/output error")), suppress(OSError):
                    change(store, shelf)
                outcomes.append(read_plainly(store))
                assert outcomes[-1] in wanted(change)
                assert outcomes[-1][0] == shelf.number
                shelf.append(20, {"d": b"date"})
                assert read_plainly(store) == (20, outcomes[-1][1] | {"d": b"date"})
            if disk.steps <= step:
                break
        assert disk.steps <= step, "more steps than the test has tried"
        assert outcomes[-1] == CHANGES[change]

    def test_it_leaves_nothing_that_is_of_no_use(self, store: TableStore, disk: Disk, change: Change) -> None:
        for step in range(MAX_STEPS):
            with prepared(store) as shelf:
                with disk.failing(step, OSError("Input/output error")), suppress(OSError):
                    change(store, shelf)
                # The step that failed may have been a removal; the next list sees to it.
                shelf.change_base(make_table(store, "base", 30, {}))
                files = read_list(store)
                assert names(store) == {*files.tables, files.journal, files.previous_base}
            if disk.steps <= step:
                break


@every_change
class TestEnd:
    def test_the_next_keeper_finds_all_as_before_or_as_after(
        self, store: TableStore, disk: Disk, change: Change
    ) -> None:
        found = []
        for step in range(MAX_STEPS):
            with prepared(store) as shelf, disk.failing(step, Ended()), suppress(Ended):
                change(store, shelf)
            found.append(read_plainly(store))
            assert found[-1] in wanted(change)
            with closing(Shelf(TableStore(store.folder))) as later:
                later.open()
                assert later.number == found[-1][0]
                files = read_list(store)
                assert names(store) - {files.previous_base} == {*files.tables, files.journal}
                later.append(20, {"d": b"date"})
            assert read_plainly(store) == (20, found[-1][1] | {"d": b"date"})
            if disk.steps <= step:
                break
        assert disk.steps <= step, "more steps than the test has tried"
        assert found[-1] == CHANGES[change]


def wanted(change: Change) -> list[tuple[int, dict[str, bytes]]]:
    return [(7, BEFORE), CHANGES[change]]
