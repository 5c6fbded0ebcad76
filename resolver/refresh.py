"""Keep the table of one worker fresh: from the files of the host, and at once from the bus.

The bus brings the next change set within milliseconds. Whatever it loses, the keeper of the host finds
and writes to the journal, where the worker looks many times a second. So a worker asks nobody.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress

import structlog

from resolver.bus import Listener
from resolver.holder import Holder
from resolver.journal import ChangeSet, JournalReader
from resolver.keep_running import keep_running
from resolver.layered_table import LayeredTable
from resolver.table_store import Files, Pulse, TableStore
from rules_compiler.announcement import Announcement
from rules_compiler.snapshot import SnapshotInvalidError
from rules_compiler.table_file import PackedTable

POLL_SECONDS = 0.05
_SETTLE_SECONDS = 0.5

_log = structlog.get_logger()


class Refresher:
    """Runs beside the requests of one worker and swaps the table when there is a newer one.

    `failures` counts what went wrong while reading files or listening, `last_error` is the last of it.
    """

    def __init__(self, holder: Holder, store: TableStore, *, redis_url: str | None) -> None:
        self._holder = holder
        self._store = store
        self._listener = (
            Listener(redis_url, hear=self._hear, miss=_wait_for_the_keeper) if redis_url else None
        )
        self._files: Files | None = None
        self._stamp: tuple[int, int] | None = None
        self._opened: Mapping[str, PackedTable] = {}
        self._journal: JournalReader | None = None
        self._heard_at: float | None = None
        self.failures = 0
        self._last_error: str | None = None

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
            last_error=told.last_error or self._last_error,
            failures=told.failures + self.failures,
        )

    async def run(self) -> None:
        """Keep the table fresh until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(keep_running(self._follow_files, self._tell))
            if self._listener is not None:
                group.create_task(keep_running(self._listener.listen, self._tell))

    async def settle(self) -> None:
        """Take the files, and return once the keeper has asked the database, or is slow to.

        A worker that waits for this does not bring back, for a moment, what changed after the files.
        """
        began = time.time()
        with suppress(TimeoutError):
            async with asyncio.timeout(_SETTLE_SECONDS):
                while not self._is_settled(began):  # noqa: ASYNC110 - it is in another process
                    await asyncio.sleep(POLL_SECONDS / 5)
        self.take_files()

    def take_files(self) -> None:
        """Serve what the files say, unless the worker knows better; damaged ones change nothing."""
        try:
            self._take_files()
        except (OSError, SnapshotInvalidError) as error:
            self._tell(error)

    def _is_settled(self, began: float) -> bool:
        pulse = self._store.read_pulse()
        return pulse is not None and pulse.is_asked and pulse.at >= began

    async def _follow_files(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            self._take_files()

    def _take_files(self) -> None:
        stamp = self._store.find_stamp()
        if stamp != self._stamp:
            files = self._store.read_files()
            if files is not None:
                self._open(files)
            self._stamp = stamp
        if self._journal is not None:
            for change_set in self._journal.read_new():
                self._take(change_set)

    def _open(self, files: Files) -> None:
        """Serve *files*. Tables that are open already stay so; answers stay where nothing is new."""
        opened = {name: self._opened.get(name) or self._store.open_table(name) for name in files.tables}
        journal = JournalReader(self._store.folder / files.journal)
        tables = [*opened.values()]
        serving, known = self._holder.table, self._files
        if isinstance(serving, LayeredTable) and known is not None and known.epoch == files.epoch:
            is_known = serving.number >= files.number
            self._holder.replace(serving.over(files.number, tables), changed=() if is_known else None)
        else:
            self._holder.replace(LayeredTable(files.number, tables))
        if self._journal is not None:
            self._journal.close()
        self._files, self._opened, self._journal = files, opened, journal

    def _take(self, change_set: ChangeSet) -> None:
        if change_set.after <= self._holder.number < change_set.number:
            table = self._holder.table.adopt(change_set.number, change_set.slices)
            self._holder.replace(table, change_set.slices)

    def _hear(self, announcement: Announcement) -> None:
        self._heard_at = time.time()
        if self._holder.is_loaded:
            self._holder.adopt(announcement)

    def _tell(self, error: Exception) -> None:
        self._last_error = type(error).__name__
        self.failures += 1
        _log.warning("the table cannot be kept fresh", error=self._last_error)


def _wait_for_the_keeper() -> None:
    """Do nothing about what may have been missed: the journal will bring it."""
