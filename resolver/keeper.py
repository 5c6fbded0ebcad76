"""Keep the files of a host: what edges serve from, and start from with everything else down.

One process a host does this, so that a catalogue is fetched once however many workers there are. It
listens to the bus like they do, and asks PostgreSQL when something may have been missed: after a gap
in the numbers, a reconnect or two seconds of silence, and twice a second while the bus is away.
"""

import asyncio
import contextlib
import fcntl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeAlias

import asyncpg
import structlog

from resolver.base_source import Standing, count_changes, fetch_base, read_changes, read_standing
from resolver.bus import Listener
from resolver.keep_running import keep_running
from resolver.shelf import MAX_JOURNAL_SLICES, Shelf
from resolver.table_store import Pulse, TableStore
from rules_compiler.announcement import Announcement
from rules_compiler.model import SliceKey
from rules_compiler.table_file import DELETED

_ASK_SECONDS = 0.5
_LOOK_FOR_BASE_SECONDS = 60.0
_PULSE_SECONDS = 0.25
_CONNECT_SECONDS = 2.0

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_log = structlog.get_logger()


class Keeper:
    """Writes what the edges of this host read. It must hold the lock of the store while it runs."""

    def __init__(self, store: TableStore, *, database_url: str | None, redis_url: str | None) -> None:
        self._store = store
        self._shelf = Shelf(store)
        self._database_url = database_url
        self._listener = Listener(redis_url, hear=self._hear, miss=self._miss) if redis_url else None
        self._missed = asyncio.Event()
        self._is_asked = database_url is None
        self._head = 0
        self._heard_at: float | None = None
        self._caught_up_at: float | None = None
        self._last_error: str | None = None
        self._failures = 0

    async def run(self) -> None:
        """Keep the files until cancelled."""
        self._shelf.open()
        async with asyncio.TaskGroup() as group:
            group.create_task(keep_running(self._tell_pulse, self._note))
            if self._listener is not None:
                group.create_task(keep_running(self._listener.listen, self._note))
            if self._database_url is not None:
                group.create_task(keep_running(self._follow_database, self._note))

    def _hear(self, announcement: Announcement) -> None:
        self._heard_at = time.time()
        self._head = max(self._head, announcement.seq)
        number = self._shelf.number
        if number is None or announcement.seq == number:
            return
        # A head behind ours is another database's, or its announcement was overtaken: the database knows.
        if announcement.slices is None or announcement.seq != number + 1:
            self._miss()
        else:
            self._shelf.append(announcement.seq, announcement.slices)

    def _miss(self) -> None:
        self._missed.set()

    async def _follow_database(self) -> None:
        """Catch up whenever something may have been missed, until the database breaks."""
        connection: Connection | None = None
        try:
            connection = await asyncpg.connect(self._database_url, timeout=_CONNECT_SECONDS)
            while True:
                self._missed.clear()
                await self._catch_up(connection)
                self._shelf.fold()
                self._caught_up_at = time.time()
                self._last_error = None
                self._is_asked = True
                self._write_pulse()
                await self._wait_until_missed()
        finally:
            self._is_asked = True
            if connection is not None:
                connection.terminate()

    async def _wait_until_missed(self) -> None:
        """Return when something may have been missed, which without a bus is always so."""
        is_listening = self._listener is not None and self._listener.is_listening
        with contextlib.suppress(TimeoutError):
            timeout = _LOOK_FOR_BASE_SECONDS if is_listening else _ASK_SECONDS
            await asyncio.wait_for(self._missed.wait(), timeout)

    async def _catch_up(self, connection: Connection) -> None:
        """Bring the files to the head of the database."""
        # INVARIANT: one transaction reads one snapshot, so head, base and slices belong together.
        async with _snapshot(connection):
            standing = await read_standing(connection)
            self._head = standing.head
            if self._must_start_over(standing):
                await self._start_over(connection, standing)
            elif standing.base is not None and standing.base.number > self._shelf.base_number:
                self._shelf.change_base(await fetch_base(connection, self._store, standing.base))
            number = self._shelf.number
            if number is not None and number < standing.head:
                await self._take_changes(connection, number, standing.head)

    def _must_start_over(self, standing: Standing) -> bool:
        """Return whether the files are of no use: there are none, or they lack what cannot be asked for."""
        number = self._shelf.number
        if number is None:
            return True
        if standing.head < number:
            _log.warning("the database is behind the files; starting over", files=number, head=standing.head)
            return True
        return number < standing.oldest_base

    async def _start_over(self, connection: Connection, standing: Standing) -> None:
        if standing.base is not None:
            self._shelf.start(await fetch_base(connection, self._store, standing.base))
            return
        with self._store.new_table("base", standing.head) as (writer, name):
            async for rows in read_changes(connection, after=-1):
                for key, packed in rows:
                    if packed is not None:
                        writer.add(key, packed)
        self._shelf.start(name)

    async def _take_changes(self, connection: Connection, after: int, head: int) -> None:
        """Write what changed between *after* and *head* to the journal, or as a delta when it is much."""
        if await count_changes(connection, after) <= MAX_JOURNAL_SLICES:
            changes: dict[SliceKey, bytes | None] = {}
            async for rows in read_changes(connection, after):
                changes.update(rows)
            self._shelf.append(head, changes)
            return
        with self._store.new_table("delta", head) as (writer, name):
            async for rows in read_changes(connection, after):
                for key, packed in rows:
                    writer.add(key, DELETED if packed is None else packed)
        self._shelf.add_delta(name)

    async def _tell_pulse(self) -> None:
        while True:
            self._write_pulse()
            await asyncio.sleep(_PULSE_SECONDS)

    def _write_pulse(self) -> None:
        self._store.write_pulse(
            Pulse(
                at=time.time(),
                head=self._head,
                is_asked=self._is_asked,
                last_heard_at=self._heard_at,
                last_caught_up_at=self._caught_up_at,
                last_error=self._last_error,
                failures=self._failures,
            )
        )

    def _note(self, error: Exception) -> None:
        self._last_error = type(error).__name__
        self._failures += 1
        _log.warning("the files cannot be kept fresh", error=self._last_error)


@contextmanager
def hold_store(store: TableStore) -> Iterator[None]:
    """Wait until no other keeper is at work on this host, and be the one inside the block."""
    store.folder.mkdir(parents=True, exist_ok=True)
    with store.lock_path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@asynccontextmanager
async def _snapshot(connection: Connection) -> AsyncIterator[None]:
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        yield
