"""The twin of the files: whatever keeper and worker go through, they say what a plain dict says."""

import asyncio
import os
import random
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver import shelf as shelf_module
from resolver.holder import Holder, ServingTable
from resolver.refresh import Refresher
from resolver.shelf import Shelf
from resolver.table_store import TableStore
from rules_compiler.announcement import Announcement
from rules_compiler.model import SliceKey
from rules_compiler.snapshot import slice_to_bytes
from rules_compiler.tables import BrandSlice
from tests.factories import NOON
from tests.resolver.plain_files import make_table, read_list, read_plainly, size_of

KEYS = [f"brand/{name}" for name in "abcdef"]
Changes = dict[SliceKey, bytes | None]

PACKED = [None, *(slice_to_bytes(BrandSlice("", name, "org", {})) for name in ("one", "two", "three"))]
STEPS = 40


class Database:
    """Everything that was ever published; it answers like PostgreSQL, with the newest state only."""

    def __init__(self) -> None:
        self.head = 0
        self.states: dict[int, dict[SliceKey, bytes]] = {0: {}}
        self._newest: dict[SliceKey, tuple[int, bytes | None]] = {}

    def publish(self, changes: Changes) -> Announcement:
        self.head += 1
        self._newest |= {key: (self.head, packed) for key, packed in changes.items()}
        state = self.states[self.head - 1] | changes
        self.states[self.head] = {key: packed for key, packed in state.items() if packed is not None}
        return Announcement(self.head, changes)

    def changes_after(self, number: int) -> Changes:
        return {key: packed for key, (changed, packed) in self._newest.items() if changed > number}


class Worker:
    """One edge worker, without its requests."""

    def __init__(self, store: TableStore) -> None:
        self.holder = Holder(lambda: NOON)
        self.refresher = Refresher(self.holder, store, redis_url=None)

    def find_all(self, table: ServingTable) -> dict[SliceKey, bytes]:
        found = {key: table.find(key) for key in KEYS}
        return {key: slice_to_bytes(value) for key, value in found.items() if value is not None}


class Host:
    """A keeper and a worker on one folder, and a database that publishes."""

    def __init__(self, folder: Path, draw: random.Random) -> None:
        self._draw = draw
        self._loop = asyncio.new_event_loop()
        self._store = TableStore(folder / "tables")
        self._database = Database()
        self._shelf = Shelf(self._store)
        self._shelf.start(make_table(self._store, "base", 0, {}))
        self._worker = Worker(self._store)
        self._look()
        self._left: list[tuple[ServingTable, dict[SliceKey, bytes]]] = []

    def close(self) -> None:
        self._shelf.close()
        self._end_worker()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def step(self) -> None:
        """Do one thing that can happen, and hold everything to the plain dict."""
        steps = (
            self.publish,
            self.publish,
            self.publish,
            self.look,
            self.look,
            self.catch_up,
            self.catch_up_by_a_delta,
            self.change_base,
            self.restart_the_keeper,
            self.restart_the_worker,
            self.keep_the_table,
            self.start_over,
        )
        self._draw.choice(steps)()
        assert read_plainly(self._store) == (self._number, self._database.states[self._number])
        table = self._worker.holder.table
        assert self._worker.find_all(table) == self._database.states[table.number]
        for left, said in self._left:
            assert self._worker.find_all(left) == said

    def publish(self) -> None:
        keys = self._draw.sample(KEYS, self._draw.randrange(3))
        announcement = self._database.publish({key: self._draw.choice(PACKED) for key in keys})
        if self._draw.random() < 0.7:
            self._worker.refresher._hear(announcement)
        if self._draw.random() < 0.7 and self._number == announcement.seq - 1:
            self._shelf.append(announcement.seq, announcement.slices or {})
            self._shelf.fold()

    def catch_up(self) -> None:
        self._shelf.append(self._database.head, self._database.changes_after(self._number))
        self._shelf.fold()

    def catch_up_by_a_delta(self) -> None:
        missing = self._database.changes_after(self._number)
        self._shelf.add_delta(make_table(self._store, "delta", self._database.head, missing))

    def change_base(self) -> None:
        number = self._draw.randint(0, self._database.head)
        self._shelf.change_base(make_table(self._store, "base", number, self._database.states[number]))

    def start_over(self) -> None:
        head = self._database.head
        number = self._draw.randint(0, head)
        base = make_table(self._store, "base", number, self._database.states[number])
        delta = make_table(self._store, "delta", head, self._database.changes_after(number))
        self._shelf.start(base, delta)

    def restart_the_keeper(self) -> None:
        self._shelf.close()
        journal = self._store.folder / read_list(self._store).journal
        torn = self._draw.choice((0, 0, 1, 60))
        os.truncate(journal, max(0, size_of(journal) - torn))
        self._store = TableStore(self._store.folder)
        self._shelf = Shelf(self._store)
        self._shelf.open()

    def look(self) -> None:
        self._look()
        assert self._worker.holder.number >= self._number

    def restart_the_worker(self) -> None:
        self._end_worker()
        self._worker = Worker(self._store)
        self._look()
        assert self._worker.holder.number == self._number

    def keep_the_table(self) -> None:
        table = self._worker.holder.table
        self._left.append((table, self._worker.find_all(table)))

    @property
    def _number(self) -> int:
        assert self._shelf.number is not None
        return self._shelf.number

    def _look(self) -> None:
        self._loop.run_until_complete(self._worker.refresher.take_files())
        assert self._worker.refresher.failures == 0

    def _end_worker(self) -> None:
        if self._worker.refresher._journal is not None:
            self._worker.refresher._journal.close()


@pytest.fixture
def _small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf_module, "MAX_DELTAS", 2)
    monkeypatch.setattr(shelf_module, "MAX_JOURNAL_SLICES", 3)
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


# A seed, not a list of steps: those that hypothesis draws are too much alike to find anything.
@settings(deadline=None)
@given(st.integers(0, 2**64))
@pytest.mark.usefixtures("_small_files")
def test_files_and_worker_say_what_a_dict_says(seed: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="signpost-"))
    host = Host(folder, random.Random(seed))
    try:
        for _ in range(STEPS):
            host.step()
    finally:
        host.close()
        shutil.rmtree(folder)
