"""The twin of the files: whatever keeper and worker go through, they say what a plain dict says."""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

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

changes = st.dictionaries(
    st.sampled_from(KEYS),
    st.none()
    | st.sampled_from([slice_to_bytes(BrandSlice("", name, "org", {})) for name in ("one", "two", "three")]),
    max_size=4,
)


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


class Host(RuleBasedStateMachine):
    """A keeper and a worker on one folder, and a database that publishes."""

    def __init__(self) -> None:
        super().__init__()
        self._patch = pytest.MonkeyPatch()
        self._patch.setattr(shelf_module, "MAX_DELTAS", 2)
        self._patch.setattr(shelf_module, "MAX_JOURNAL_SLICES", 2)
        self._patch.setattr(os, "fsync", lambda _descriptor: None)
        self._folder = Path(tempfile.mkdtemp(prefix="signpost-"))
        self._loop = asyncio.new_event_loop()
        self._store = TableStore(self._folder / "tables")
        self._database = Database()
        self._shelf = Shelf(self._store)
        self._shelf.start(make_table(self._store, "base", 0, {}))
        self._worker = Worker(self._store)
        self._look()
        self._left: list[tuple[ServingTable, dict[SliceKey, bytes]]] = []

    def teardown(self) -> None:
        self._shelf.close()
        self._end_worker()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
        self._patch.undo()
        shutil.rmtree(self._folder)

    @rule(changes=changes, keeper_hears=st.booleans(), worker_hears=st.booleans())
    def publish(self, changes: Changes, keeper_hears: bool, worker_hears: bool) -> None:
        announcement = self._database.publish(changes)
        if worker_hears:
            self._worker.refresher._hear(announcement)
        if keeper_hears and self._shelf.number == announcement.seq - 1:
            self._shelf.append(announcement.seq, changes)
            self._shelf.fold()

    @rule()
    def catch_up(self) -> None:
        self._shelf.append(self._database.head, self._database.changes_after(self._number))
        self._shelf.fold()

    @rule()
    def catch_up_by_a_delta(self) -> None:
        missing = self._database.changes_after(self._number)
        self._shelf.add_delta(make_table(self._store, "delta", self._database.head, missing))

    @precondition(lambda self: self._database.head > self._shelf.base_number)
    @rule(data=st.data())
    def change_base(self, data: st.DataObject) -> None:
        number = data.draw(st.integers(self._shelf.base_number + 1, self._database.head))
        self._shelf.change_base(make_table(self._store, "base", number, self._database.states[number]))

    @rule(data=st.data())
    def start_over(self, data: st.DataObject) -> None:
        head = self._database.head
        number = data.draw(st.integers(0, head))
        base = make_table(self._store, "base", number, self._database.states[number])
        delta = make_table(self._store, "delta", head, self._database.changes_after(number))
        self._shelf.start(base, delta)

    @rule(torn=st.integers(0, 200))
    def restart_the_keeper(self, torn: int) -> None:
        self._shelf.close()
        journal = self._store.folder / read_list(self._store).journal
        os.truncate(journal, max(0, size_of(journal) - torn))
        self._store = TableStore(self._store.folder)
        self._shelf = Shelf(self._store)
        self._shelf.open()

    @rule()
    def look(self) -> None:
        self._look()
        assert self._worker.holder.number >= self._number

    @rule()
    def restart_the_worker(self) -> None:
        self._end_worker()
        self._worker = Worker(self._store)
        self._look()
        assert self._worker.holder.number == self._number

    @rule()
    def keep_the_table(self) -> None:
        table = self._worker.holder.table
        self._left.append((table, self._worker.find_all(table)))

    @invariant()
    def the_files_say_what_a_dict_says(self) -> None:
        assert read_plainly(self._store) == (self._number, self._database.states[self._number])

    @invariant()
    def the_worker_says_what_a_dict_says(self) -> None:
        table = self._worker.holder.table
        assert self._worker.find_all(table) == self._database.states[table.number]

    @invariant()
    def a_table_that_was_left_says_what_it_said(self) -> None:
        for table, said in self._left:
            assert self._worker.find_all(table) == said

    @property
    def _number(self) -> int:
        assert self._shelf.number is not None
        return self._shelf.number

    def _look(self) -> None:
        self._loop.run_until_complete(self._worker.refresher._take_files())

    def _end_worker(self) -> None:
        if self._worker.refresher._journal is not None:
            self._worker.refresher._journal.close()


TestHost = Host.TestCase
TestHost.settings = settings(stateful_step_count=30, deadline=None)
