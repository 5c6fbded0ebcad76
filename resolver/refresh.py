"""Keep the table of one worker fresh: from the files of the host, and at once from the bus.

The bus brings the next change set within milliseconds. Whatever it loses, the keeper of the host finds
and writes to the journal, where the worker looks many times a second. So a worker asks nobody.
"""

import asyncio
import math
import time
from collections.abc import Mapping
from contextlib import suppress

import structlog

from resolver.bus import Listener
from resolver.damage import A_FILE, Patience
from resolver.holder import Holder
from resolver.journal import JournalReader
from resolver.keep_running import keep_running
from resolver.layered_table import LayeredTable
from resolver.table_store import Files, Pulse, Stamp, TableStore, number_of
from rules_compiler.announcement import Announcement
from rules_compiler.model import SliceKey
from rules_compiler.snapshot import SnapshotInvalidError
from rules_compiler.table_file import PackedTable

POLL_SECONDS = 0.05
_SETTLE_SECONDS = 0.5
# Files that cannot be opened are not opened again and again; another list is looked at all the same.
_AGAIN_SECONDS = 1.0

_log = structlog.get_logger()


class Refresher:
    """Runs beside the requests of one worker and swaps the table when there is a newer one.

    What goes wrong while it reads files or listens is counted, and told until it goes well again.
    """

    def __init__(self, holder: Holder, store: TableStore, *, redis_url: str | None) -> None:
        self._holder = holder
        self._store = store
        self._listener = (
            Listener(redis_url, hear=self._hear, miss=_wait_for_the_keeper) if redis_url else None
        )
        self._files: Files | None = None
        self._stamp: Stamp | None = None
        self._failed_with: Stamp | None = None
        self._failed_at = -math.inf
        self._opened: Mapping[str, PackedTable] = {}
        self._journal: JournalReader | None = None
        self._lineage: str | None = None
        self._patience = Patience(store.damages)
        self._replaced = asyncio.Event()
        self._heard_at: float | None = None
        self.failures = 0
        self._file_error: str | None = None
        self._bus_error: str | None = None

    @property
    def pulse(self) -> Pulse:
        """What keeper and worker heard and suffered, as one."""
        told = self._store.read_pulse() or Pulse()
        heard_at = max(filter(None, (told.last_heard_at, self._heard_at)), default=None)
        return Pulse(
            at=told.at,
            head=max(told.head, self._holder.number),
            is_asked=told.is_asked,
            last_heard_at=heard_at,
            last_caught_up_at=told.last_caught_up_at,
            last_error=told.last_error or self._file_error or self._bus_error,
            failures=told.failures + self.failures,
        )

    async def run(self) -> None:
        """Keep the table fresh until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(keep_running(self._follow_files, self._note_file_error))
                if self._listener is not None:
                    group.create_task(keep_running(self._listener.listen, self._note_bus_error))
        finally:
            if self._journal is not None:
                self._journal.close()

    async def settle(self) -> None:
        """Take the files, and return once the keeper has asked the database, or is slow to.

        A worker that waits for this does not bring back, for a moment, what changed after the files.
        """
        began = time.time()
        with suppress(TimeoutError):
            async with asyncio.timeout(_SETTLE_SECONDS):
                while not self._is_settled(began):  # noqa: ASYNC110 - it is in another process
                    await asyncio.sleep(POLL_SECONDS / 5)
        await self.take_files()

    async def take_files(self) -> None:
        """Serve what the files say, unless the worker knows better; damaged ones change nothing."""
        stamp = None
        try:
            stamp = self._store.find_stamp()
            await self._take_files(stamp)
        except (OSError, SnapshotInvalidError) as error:
            self._failed_with, self._failed_at = stamp, time.monotonic()
            self._note_file_error(error)

    async def mend(self, key: SliceKey) -> bool:
        """Have the keeper mend the slice of *key*, or `A_FILE`; return whether other files serve by now."""
        replaced = self._replaced
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience.tell(key)):
                await replaced.wait()
        return replaced.is_set()

    def _is_settled(self, began: float) -> bool:
        pulse = self._store.read_pulse()
        return pulse is not None and pulse.is_asked and pulse.at >= began

    async def _follow_files(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            if not self._has_just_failed():
                await self.take_files()

    def _has_just_failed(self) -> bool:
        """Return whether the files that count now could not be taken a moment ago."""
        if time.monotonic() - self._failed_at >= _AGAIN_SECONDS:
            return False
        return self._store.find_stamp() == self._failed_with

    async def _take_files(self, stamp: Stamp | None) -> None:
        if stamp != self._stamp:
            files = self._store.read_files()
            if files is not None:
                await self._open(files)
            self._stamp = stamp
            self._file_error = None
        if self._journal is not None:
            self._take_changes(self._journal)

    async def _open(self, files: Files) -> None:
        try:
            # The index of a large table is read whole: requests are answered meanwhile.
            opened = await asyncio.to_thread(self._open_tables, files)
            journal = JournalReader(self._store.folder / files.journal)
        except (OSError, SnapshotInvalidError):
            newer = self._store.read_files()
            if newer is not None and newer != files:
                await self._open(newer)  # the others were removed meanwhile
                return
            if not self._holder.is_loaded:
                self._serve_base_of(files)
            self._store.damages.tell(A_FILE)
            raise
        self._replace(files, opened, journal)

    def _open_tables(self, files: Files) -> Mapping[str, PackedTable]:
        """Return the tables of *files*; those that are open already stay so."""
        return {name: self._opened.get(name) or self._store.open_to_serve(name) for name in files.tables}

    def _serve_base_of(self, files: Files) -> None:
        """Serve the newest base alone that can be read: what is old is better than nothing."""
        for name in filter(None, (files.base, files.previous_base)):
            with suppress(OSError, SnapshotInvalidError):
                self._holder.replace(LayeredTable(number_of(name), [self._store.open_table(name)]))
                self._tell_replaced()
                return

    def _replace(self, files: Files, opened: Mapping[str, PackedTable], journal: JournalReader) -> None:
        """Serve *files*; answers stay where nothing is new."""
        tables = [*opened.values()]
        serving, known = self._holder.table, self._files
        if isinstance(serving, LayeredTable) and known is not None and known.epoch == files.epoch:
            is_known = serving.number >= files.number
            self._holder.replace(serving.over(files.number, tables), changed=() if is_known else None)
            self._lineage = self._lineage if is_known else files.lineage
        else:
            self._holder.replace(LayeredTable(files.number, tables))
            self._lineage = files.lineage
        if self._journal is not None:
            self._journal.close()
        self._files, self._opened, self._journal = files, opened, journal
        self._patience.forget()
        self._tell_replaced()

    def _tell_replaced(self) -> None:
        """Let those look again who wait for other files."""
        replaced, self._replaced = self._replaced, asyncio.Event()
        replaced.set()

    def _take_changes(self, journal: JournalReader) -> None:
        """Serve what *journal* has that is newer, all at once: each adoption copies the overlay."""
        number = self._holder.number
        changes: dict[SliceKey, bytes | None] = {}
        for change_set in journal.read_new():
            if change_set.after <= number < change_set.number:
                changes.update(change_set.slices)
                number = change_set.number
            if change_set.number == number:
                self._lineage = change_set.lineage
        if number > self._holder.number:
            self._holder.replace(self._holder.table.adopt(number, changes), changes)

    def _hear(self, announcement: Announcement) -> None:
        self._heard_at = time.time()
        self._bus_error = None
        # What is no continuation of this table the keeper finds out about.
        if self._holder.is_loaded and not announcement.is_foreign_to(self._lineage):
            self._holder.adopt(announcement)

    def _note_file_error(self, error: Exception) -> None:
        self._file_error = self._note(error)

    def _note_bus_error(self, error: Exception) -> None:
        self._bus_error = self._note(error)

    def _note(self, error: Exception) -> str:
        self.failures += 1
        name = type(error).__name__
        _log.warning("the table cannot be kept fresh", error=name)
        return name


def _wait_for_the_keeper() -> None:
    """Do nothing about what may have been missed: the journal will bring it."""
