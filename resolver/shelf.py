"""Tables and journal of a host as its keeper changes them: append, fold into a delta, merge, replace."""

import os
from collections.abc import Mapping
from typing import BinaryIO
from uuid import uuid4

import structlog

from resolver.journal import ChangeSet, JournalReader, append_change_set
from resolver.table_store import Files, TableStore, number_of
from rules_compiler.model import SliceKey
from rules_compiler.snapshot import SnapshotInvalidError
from rules_compiler.table_file import DELETED, merge

MAX_JOURNAL_BYTES = 4 * 1024 * 1024
MAX_JOURNAL_SLICES = 10_000
MAX_DELTAS = 8

_log = structlog.get_logger()


class Shelf:
    """What the files of a host hold, and the changes that they can take.

    `number` is the newest change set in them, None while there are none. A change that cannot be
    written raises OSError and leaves all as it was.
    """

    def __init__(self, store: TableStore) -> None:
        self._store = store
        self._files: Files | None = None
        self._journal: BinaryIO | None = None
        self._journal_bytes = 0
        self._pending: dict[SliceKey, tuple[int, bytes | None]] = {}
        self.number: int | None = None

    @property
    def base_number(self) -> int:
        """The change set up to which the base goes; -1 while there is none."""
        return number_of(self._files.base) if self._files else -1

    def open(self) -> None:
        """Take up the files of an earlier run, unless they are damaged."""
        files = self._store.read_files()
        if files is None:
            return
        try:
            for name in files.tables:
                self._store.open_table(name).verify()
            reader = JournalReader(self._store.folder / files.journal)
        except (OSError, SnapshotInvalidError) as error:
            _log.warning("the files of the last run cannot be used", error=str(error))
            return
        for change_set in reader.read_new():
            self._note(change_set.number, change_set.slices)
        reader.close()
        # What was half written when the last keeper ended is cut off.
        os.truncate(self._store.folder / files.journal, reader.position)
        self._use(files, max((number for number, _ in self._pending.values()), default=files.number))
        self._journal_bytes = reader.position

    def append(self, number: int, slices: Mapping[SliceKey, bytes | None]) -> None:
        """Write to the journal what changed since `number`, up to change set *number*."""
        if self._journal is None or self.number is None:
            return
        self._journal_bytes += append_change_set(self._journal, ChangeSet(self.number, number, slices))
        self._note(number, slices)
        self.number = number

    def fold(self) -> None:
        """Make a delta of a journal that has grown long."""
        is_long = self._journal_bytes > MAX_JOURNAL_BYTES or len(self._pending) > MAX_JOURNAL_SLICES
        if self.number is None or not is_long:
            return
        with self._store.new_table("delta", self.number) as (writer, name):
            for key, (_, packed) in self._pending.items():
                writer.add(key, DELETED if packed is None else packed)
        self.add_delta(name)

    def start(self, base: str) -> None:
        """Begin anew with the table *base*, which is all there is at its number."""
        self._pending = {}
        number = number_of(base)
        self._list(Files(epoch=uuid4().hex, number=number, base=base, journal=""), number)

    def add_delta(self, name: str) -> None:
        """Put the delta *name* on top: it has everything in it that changed since `number` up to its own."""
        files, number = self._files, number_of(name)
        if files is None or self.number is None:
            return
        deltas = (*files.deltas, name)
        if len(deltas) > MAX_DELTAS:
            deltas = (self._merge(deltas, number),)
        self._list(files.replaced(number=number, deltas=deltas), max(number, self.number))

    def change_base(self, name: str) -> None:
        """Put the newer base *name* below, and leave out deltas that it has in it."""
        files, number = self._files, number_of(name)
        if files is None or self.number is None:
            return
        deltas = tuple(delta for delta in files.deltas if number_of(delta) > number)
        files = files.replaced(
            number=max(number, files.number), base=name, deltas=deltas, previous_base=files.base
        )
        self._list(files, max(number, self.number))

    def _merge(self, deltas: tuple[str, ...], number: int) -> str:
        newest_first = [self._store.open_table(delta) for delta in reversed(deltas)]
        with self._store.new_table("delta", number) as (writer, name):
            merge(newest_first, writer, keeps_deleted=True)
        return name

    def _list(self, files: Files, number: int) -> None:
        """Make *files* count, with a new journal of what is newer than they are."""
        pending = {key: kept for key, kept in self._pending.items() if kept[0] > files.number}
        files = files.replaced(journal=self._store.new_journal(files.number))
        with (self._store.folder / files.journal).open("r+b") as journal:
            if pending:
                slices = {key: packed for key, (_, packed) in pending.items()}
                append_change_set(journal, ChangeSet(files.number, number, slices))
            size = journal.seek(0, os.SEEK_END)
        self._store.write_files(files)
        self._pending, self._journal_bytes = pending, size
        self._use(files, number)

    def _use(self, files: Files, number: int) -> None:
        if self._journal is not None:
            self._journal.close()
        self._journal = (self._store.folder / files.journal).open("r+b")
        self._files, self.number = files, number

    def _note(self, number: int, slices: Mapping[SliceKey, bytes | None]) -> None:
        self._pending.update((key, (number, packed)) for key, packed in slices.items())
