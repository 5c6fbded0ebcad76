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

    `number` is the newest change set in them, None while there are none, and `lineage` that of this change
    set, None when it is not known. A change that cannot be written raises OSError and leaves all as it was;
    one that brings nothing newer changes nothing.
    Tables that are handed over are listed or removed.
    """

    def __init__(self, store: TableStore) -> None:
        self._store = store
        self._files: Files | None = None
        self._journal: JournalWriter | None = None
        self._pending: Pending = {}
        self.number: int | None = None
        self.lineage: str | None = None
        self._sizes: dict[str, int] = {}
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
        number, lineage, path = files.number, files.lineage, self._store.folder / files.journal
        with closing(JournalReader(path)) as reader:
            for change_set in reader.read_new():
                number, lineage = _note(pending, change_set.number, change_set.slices), change_set.lineage
        self._files, self._journal = files, JournalWriter(path, reader.position)
        self._pending, self.number, self.lineage = pending, number, lineage
        # The end of the journal may be lost, torn or whole: who has read that would not find the place where
        # a shorter one goes on.
        with suppress(OSError):
            self._list(files, number, pending, lineage)

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

    def can_be_opened(self) -> bool:
        """Return whether every file that counts is there, with an index that is whole."""
        try:
            for name in self._files.tables if self._files else ():
                self._store.open_table(name)
        except (OSError, SnapshotInvalidError):
            return False
        return True

    def has_its_size(self) -> bool:
        """Return whether every table has the size that it had when this was first asked."""
        tables = self._files.tables if self._files else ()
        try:
            sizes = {name: (self._store.folder / name).stat().st_size for name in tables}
        except FileNotFoundError:
            return False
        known, self._sizes = self._sizes, sizes
        return all(known.get(name, size) == size for name, size in sizes.items())

    def close(self) -> None:
        """Change nothing any more."""
        if self._journal is not None:
            self._journal.close()

    def append(
        self, number: int, slices: Mapping[SliceKey, bytes | None], lineage: str | None = None
    ) -> None:
        """Write to the journal what changed since `number`, up to change set *number* of *lineage*."""
        if self._journal is None or self.number is None or number <= self.number:
            return
        self._journal.append(ChangeSet(self.number, number, slices, lineage))
        self.number, self.lineage = _note(self._pending, number, slices), lineage

    def fold(self) -> None:
        """Make a delta of a journal that has grown long."""
        is_long = len(self._pending) > MAX_JOURNAL_SLICES
        if is_long or (self._journal is not None and self._journal.size_bytes > MAX_JOURNAL_BYTES):
            self._fold()

    def start(self, base: str, delta: str | None = None, lineage: str | None = None) -> None:
        """Begin anew with the table *base*, which is all there is at its number, and *delta* over it."""
        deltas = (delta,) if delta else ()
        number = number_of(delta or base)
        files = Files(epoch=uuid4().hex, number=number, base=base, deltas=deltas, journal="", lineage=lineage)
        self._list(files, number, {}, lineage)
        self.is_damaged = False

    def add_delta(self, name: str, lineage: str | None = None) -> None:
        """Put the delta *name* on top: it has everything in it that changed since `number` up to its own."""
        if self.number is None or number_of(name) <= self.number:
            self._store.drop(name)
            return
        try:
            self._fold()
        except OSError:
            self._store.drop(name)
            raise
        self._put_on_top(name, lineage)

    def patch(self, name: str) -> None:
        """Put the delta *name* on top: what it has in it is so at `number`, which is its own."""
        try:
            self._fold()
        except OSError:
            self._store.drop(name)
            raise
        self._put_on_top(name, self.lineage)

    def change_base(self, name: str, lineage: str | None = None) -> None:
        """Put the newer base *name* below, which is of *lineage*, and leave out deltas that it has in it."""
        files, number = self._files, number_of(name)
        if files is None or number <= self.base_number:
            self._store.drop(name)
            return
        deltas = tuple(delta for delta in files.deltas if number_of(delta) > number)
        if number > files.number:
            files = files.replaced(number=number, lineage=lineage)
        files = files.replaced(base=name, deltas=deltas, previous_base=files.base)
        is_newest = self.number is None or number > self.number
        self._list(
            files, max(number, self.number or 0), self._pending, lineage if is_newest else self.lineage
        )

    async def merge(self) -> None:
        """Make one delta of many, in a thread: it may take long, and changes are taken meanwhile.

        Raises SnapshotInvalidError when one of them is damaged.
        """
        deltas = self._files.deltas if self._files else ()
        if len(deltas) <= MAX_DELTAS:
            return
        name = await asyncio.to_thread(self._merge, deltas)
        files = self._files
        if files is None or self.number is None or files.deltas[: len(deltas)] != deltas:
            self._store.drop(name)  # a base has some of them in it by now
            return
        files = files.replaced(deltas=(name, *files.deltas[len(deltas) :]))
        self._list(files, self.number, self._pending, self.lineage)

    def _fold(self) -> None:
        if self.number is None or not self._pending:
            return
        with self._store.new_table("delta", self.number) as (writer, name):
            for key, (_, packed) in self._pending.items():
                writer.add(key, DELETED if packed is None else packed)
        self._put_on_top(name, self.lineage)

    def _put_on_top(self, name: str, lineage: str | None) -> None:
        files, number = self._files, number_of(name)
        assert files is not None  # noqa: S101 - for the type checker: callers have looked at `number`
        files = files.replaced(number=number, deltas=(*files.deltas, name), lineage=lineage)
        self._list(files, number, self._pending, lineage)

    def _merge(self, deltas: tuple[str, ...]) -> str:
        # INVARIANT: runs beside everything else, so it reads files and makes one, and nothing else.
        newest_first = [self._store.open_table(delta) for delta in reversed(deltas)]
        with self._store.new_table("delta", number_of(deltas[-1])) as (writer, name):
            merge(newest_first, writer, keeps_deleted=True)
        return name

    def _list(self, files: Files, number: int, pending: Pending, lineage: str | None) -> None:
        """Make *files* count, with a new journal of what in *pending* is newer, up to *number*."""
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
                journal.append(ChangeSet(files.number, number, slices, lineage))
            self._store.write_files(files)
            undo.pop_all()
        self.close()
        self._files, self._journal, self._pending = files, journal, kept
        self.number, self.lineage = number, lineage


def _note(pending: Pending, number: int, slices: Mapping[SliceKey, bytes | None]) -> int:
    pending.update((key, (number, packed)) for key, packed in slices.items())
    return number
