"""Tables and journal of a host as its keeper changes them: append, fold into a delta, merge, replace."""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack, closing, suppress
from typing import TypeAlias
from uuid import uuid4

import structlog

from resolver.journal import ChangeSet, JournalReader, JournalWriter
from resolver.table_store import Files, TableStore, number_of
from rules_compiler.model import SliceKey
from rules_compiler.snapshot import SnapshotInvalidError
from rules_compiler.table_file import DELETED, merge

MAX_JOURNAL_BYTES = 4 * 1024 * 1024
MAX_JOURNAL_SLICES = 10_000
MAX_DELTAS = 8
_VERIFIED_AT_ONCE = 1_000

Pending: TypeAlias = dict[SliceKey, tuple[int, bytes | None]]
"""What the journal has: since which change set a slice is so, and its bytes."""

_log = structlog.get_logger()


class Shelf:
    """What the files of a host hold, and the changes that they can take.

    `number` is the newest change set in them, None while there are none. A change that cannot be
    written raises OSError and leaves all as it was; one that brings nothing newer changes nothing.
    Tables that are handed over are listed or removed.
    """

    def __init__(self, store: TableStore) -> None:
        self._store = store
        self._files: Files | None = None
        self._journal: JournalWriter | None = None
        self._pending: Pending = {}
        self.number: int | None = None
        self.is_damaged = False

    @property
    def base_number(self) -> int:
        """The change set up to which the base goes; -1 while there is none."""
        return number_of(self._files.base) if self._files else -1

    def open(self) -> None:
        """Take up the files of an earlier run, unless an index is damaged; records are not yet read."""
        try:
            files = self._store.read_files()
            if files is not None:
                self._take_up(files)
        except (OSError, SnapshotInvalidError) as error:
            _log.warning("the files of the last run cannot be used", error=str(error))

    def _take_up(self, files: Files) -> None:
        self._store.remove_others(files)
        for name in files.tables:
            self._store.open_table(name)
        pending: Pending = {}
        number, path = files.number, self._store.folder / files.journal
        with closing(JournalReader(path)) as reader:
            for change_set in reader.read_new():
                number = _note(pending, change_set.number, change_set.slices)
        is_torn = reader.position < path.stat().st_size
        self._files, self._journal = files, JournalWriter(path, reader.position)
        self._pending, self.number = pending, number
        if is_torn:
            # Who has read what is cut off now would not find the place where reading goes on.
            with suppress(OSError):
                self._list(files, number, pending)

    async def verify(self) -> None:
        """Read every record, in portions between which others run; `is_damaged` tells what came of it."""
        for name in self._files.tables if self._files else ():
            try:
                for count, _ in enumerate(self._store.open_table(name).items()):
                    if count % _VERIFIED_AT_ONCE == 0:
                        await asyncio.sleep(0)
            except (OSError, SnapshotInvalidError) as error:
                # What was replaced meanwhile need not be whole any more.
                if self._files is not None and name in self._files.tables:
                    _log.warning("a file of the last run is damaged", name=name, error=str(error))
                    self.is_damaged = True

    def close(self) -> None:
        """Change nothing any more."""
        if self._journal is not None:
            self._journal.close()

    def append(self, number: int, slices: Mapping[SliceKey, bytes | None]) -> None:
        """Write to the journal what changed since `number`, up to change set *number*."""
        if self._journal is None or self.number is None or number <= self.number:
            return
        self._journal.append(ChangeSet(self.number, number, slices))
        self.number = _note(self._pending, number, slices)

    def fold(self) -> None:
        """Make a delta of a journal that has grown long."""
        is_long = len(self._pending) > MAX_JOURNAL_SLICES
        if is_long or (self._journal is not None and self._journal.size_bytes > MAX_JOURNAL_BYTES):
            self._fold()

    def start(self, base: str, delta: str | None = None) -> None:
        """Begin anew with the table *base*, which is all there is at its number, and *delta* over it."""
        deltas = (delta,) if delta else ()
        number = number_of(delta or base)
        self._list(Files(epoch=uuid4().hex, number=number, base=base, deltas=deltas, journal=""), number, {})
        self.is_damaged = False

    def add_delta(self, name: str) -> None:
        """Put the delta *name* on top: it has everything in it that changed since `number` up to its own."""
        if self.number is None or number_of(name) <= self.number:
            self._store.drop(name)
            return
        try:
            self._fold()
        except OSError:
            self._store.drop(name)
            raise
        self._put_on_top(name)

    def change_base(self, name: str) -> None:
        """Put the newer base *name* below, and leave out deltas that it has in it."""
        files, number = self._files, number_of(name)
        if files is None or number <= self.base_number:
            self._store.drop(name)
            return
        deltas = tuple(delta for delta in files.deltas if number_of(delta) > number)
        files = files.replaced(
            number=max(number, files.number), base=name, deltas=deltas, previous_base=files.base
        )
        self._list(files, max(number, self.number or 0), self._pending)

    def _fold(self) -> None:
        if self.number is None or not self._pending:
            return
        with self._store.new_table("delta", self.number) as (writer, name):
            for key, (_, packed) in self._pending.items():
                writer.add(key, DELETED if packed is None else packed)
        self._put_on_top(name)

    def _put_on_top(self, name: str) -> None:
        files, number = self._files, number_of(name)
        assert files is not None  # noqa: S101 - for the type checker: callers have looked at `number`
        deltas = (*files.deltas, name)
        if len(deltas) > MAX_DELTAS:
            try:
                deltas = (self._merge(deltas, number),)
            finally:
                self._store.drop(name)
        self._list(files.replaced(number=number, deltas=deltas), number, self._pending)

    def _merge(self, deltas: tuple[str, ...], number: int) -> str:
        newest_first = [self._store.open_table(delta) for delta in reversed(deltas)]
        with self._store.new_table("delta", number) as (writer, name):
            merge(newest_first, writer, keeps_deleted=True)
        return name

    def _list(self, files: Files, number: int, pending: Pending) -> None:
        """Make *files* count, with a new journal of what in *pending* is newer than they are."""
        kept = {key: each for key, each in pending.items() if each[0] > files.number}
        # INVARIANT: nothing of this shelf changes before the list does, and nothing can fail after that.
        with ExitStack() as undo:
            known = self._files.tables if self._files else ()
            undo.callback(self._store.drop, *(name for name in files.tables if name not in known))
            files = files.replaced(journal=self._store.new_journal(files.number))
            undo.callback(self._store.drop, files.journal)
            journal = JournalWriter(self._store.folder / files.journal)
            undo.callback(journal.close)
            if number > files.number:
                slices = {key: packed for key, (_, packed) in kept.items()}
                journal.append(ChangeSet(files.number, number, slices))
            self._store.write_files(files)
            undo.pop_all()
        self.close()
        self._files, self._journal, self._pending, self.number = files, journal, kept, number


def _note(pending: Pending, number: int, slices: Mapping[SliceKey, bytes | None]) -> int:
    pending.update((key, (number, packed)) for key, packed in slices.items())
    return number
