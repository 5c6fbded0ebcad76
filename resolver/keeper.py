"""Keep the files of a host: what edges serve from, and start from with everything else down.

One process a host does this, so that a catalogue is fetched once however many workers there are. It
listens to the bus like they do, and asks PostgreSQL when something may have been missed: after a gap
in the numbers, a reconnect or two seconds of silence, and twice a second while the bus is away. Once a
minute it looks whether a newer base is offered.
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

from resolver.base_source import (
    READ_SECONDS,
    OfferedBase,
    Standing,
    count_changes,
    fetch_base,
    read_changes,
    read_lineage,
    read_ones,
    read_standing,
)
from resolver.bus import Listener
from resolver.damage import A_FILE
from resolver.keep_running import keep_running
from resolver.shelf import MAX_JOURNAL_SLICES, Shelf
from resolver.table_store import Pulse, TableStore
from rules_compiler.announcement import Announcement
from rules_compiler.model import SliceKey
from rules_compiler.snapshot import SnapshotInvalidError
from rules_compiler.table_file import DELETED

_ASK_SECONDS = 0.5
_LOOK_FOR_BASE_SECONDS = 60.0
_LOOK_FOR_DAMAGE_SECONDS = 0.05
_LOOK_FOR_DELTAS_SECONDS = 0.5
_VERIFY_SECONDS = 3600.0
_MENDED_AT_ONCE = 1_000
_PULSE_SECONDS = 0.25
_CONNECT_SECONDS = 2.0

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_log = structlog.get_logger()


class DatabaseEmptyError(Exception):
    """Nothing was ever published there: a database that has lost everything, or another one."""


class Keeper:
    """Writes what the edges of this host read. It must hold the lock of the store while it runs."""

    def __init__(self, store: TableStore, *, database_url: str | None, redis_url: str | None) -> None:
        self._store = store
        self._shelf = Shelf(store)
        self._database_url = database_url
        self._listener = Listener(redis_url, hear=self._hear, miss=self._miss) if redis_url else None
        self._missed = asyncio.Event()
        self._damaged: set[SliceKey] = set()
        self._is_asked = database_url is None
        self._head = 0
        self._heard_at: float | None = None
        self._caught_up_at: float | None = None
        self._last_error: str | None = None
        self._failures = 0

    async def run(self) -> None:
        """Keep the files until cancelled."""
        self._shelf.open()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(keep_running(self._tell_pulse, self._note))
                group.create_task(keep_running(self._verify, self._note))
                group.create_task(keep_running(self._look_for_damage, self._note))
                group.create_task(keep_running(self._merge_deltas, self._note))
                if self._listener is not None:
                    group.create_task(keep_running(self._listener.listen, self._note))
                if self._database_url is not None:
                    group.create_task(keep_running(self._follow_database, self._note))
                    group.create_task(keep_running(self._follow_bases, self._note))
        finally:
            self._shelf.close()

    async def _verify(self) -> None:
        """Read through the files now and then, which serve meanwhile, and have damaged ones replaced."""
        while True:
            await self._shelf.verify()
            if self._shelf.is_damaged:
                self._miss()
            await asyncio.sleep(_VERIFY_SECONDS)

    async def _look_for_damage(self) -> None:
        """Have what workers cannot read mended at once, and then all files replaced."""
        while True:
            told = self._store.damages.take()
            self._damaged |= told - {A_FILE}
            is_told = bool(told) and (bool(self._damaged) or not self._shelf.can_be_opened())
            if is_told or not self._shelf.has_its_size():
                self._shelf.is_damaged = True
                self._miss()
            await asyncio.sleep(_LOOK_FOR_DAMAGE_SECONDS)

    async def _merge_deltas(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_FOR_DELTAS_SECONDS)
            try:
                await self._shelf.merge()
            except SnapshotInvalidError:
                self._shelf.is_damaged = True
                self._miss()
                raise

    def _hear(self, announcement: Announcement) -> None:
        self._heard_at = time.time()
        self._head = max(self._head, announcement.seq)
        number = self._shelf.number
        is_foreign = announcement.is_foreign_to(self._shelf.lineage)
        if number is None or (announcement.seq == number and not is_foreign):
            return
        # A head behind ours is another database's, or its announcement was overtaken: the database knows.
        if is_foreign or announcement.slices is None or announcement.seq != number + 1:
            self._miss()
            return
        try:
            self._shelf.append(announcement.seq, announcement.slices, announcement.lineage)
            self._shelf.fold()
        except OSError as error:
            # What the disk did not take is missing now, but the bus is as good as ever.
            self._note(error)
            self._miss()

    def _miss(self) -> None:
        self._missed.set()

    async def _follow_database(self) -> None:
        """Catch up whenever something may have been missed, until the database breaks."""
        try:
            async with _connection_to(self._database_url) as connection:
                while True:
                    self._missed.clear()
                    await self._catch_up(connection)
                    self._shelf.fold()
                    self._caught_up_at = time.time()
                    self._last_error = None
                    self._is_asked = True
                    await self._wait_until_missed()
        finally:
            self._is_asked = True

    async def _follow_bases(self) -> None:
        """Put a newer base below when there is one; changes are followed meanwhile."""
        while True:
            await self._look_for_base()
            await asyncio.sleep(_LOOK_FOR_BASE_SECONDS)

    async def _look_for_base(self) -> None:
        async with _connection_to(self._database_url) as connection, _snapshot(connection):
            standing = await read_standing(connection)
            base = standing.base
            is_newer = base is not None and base.number > self._shelf.base_number
            if base is None or self._shelf.number is None or not is_newer:
                return
            lineage = await read_lineage(connection, base.number) if standing.lineage else None
            name = await self._fetch(connection, base)
            if name is not None:
                self._shelf.change_base(name, lineage)

    async def _wait_until_missed(self) -> None:
        """Return when something may have been missed, which without a bus is always so."""
        is_listening = self._listener is not None and self._listener.is_listening
        with contextlib.suppress(TimeoutError):
            timeout = _LOOK_FOR_BASE_SECONDS if is_listening else _ASK_SECONDS
            async with asyncio.timeout(timeout):
                await self._missed.wait()

    async def _catch_up(self, connection: Connection) -> None:
        """Bring the files to the head of the database."""
        # What is heard while the database is asked may be newer than its answer.
        number, lineage = self._shelf.number, self._shelf.lineage
        # INVARIANT: one transaction reads one snapshot, so head, base and slices belong together.
        async with _snapshot(connection):
            standing = await read_standing(connection)
            self._head = standing.head
            if number is None or await self._must_start_over(connection, standing, number, lineage):
                await self._start_over(connection, standing)
            elif self._damaged and number == standing.head:
                await self._mend(connection, number)
            elif number < standing.head:
                await self._take_changes(connection, number, standing)
                if self._damaged:
                    self._miss()

    async def _must_start_over(
        self, connection: Connection, standing: Standing, number: int, lineage: str | None
    ) -> bool:
        """Return whether files up to *number* of *lineage* are of no use, or lack what cannot be asked for.

        Raises DatabaseEmptyError when there is nothing to start over from.
        """
        if standing.head == 0 < number:
            raise DatabaseEmptyError
        was_set_back = standing.head < number
        if lineage is not None and not was_set_back:
            known = await read_lineage(connection, number) if standing.lineage else None
            was_set_back = known != lineage
        if was_set_back:
            _log.warning("the database was set back; starting over", files=number, head=standing.head)
        # What nobody can read is mended first, which takes a moment.
        is_damaged = self._shelf.is_damaged and not self._damaged
        return was_set_back or number < standing.horizon or is_damaged

    async def _mend(self, connection: Connection, number: int) -> None:
        """Put over damaged slices what they are; then all files can be replaced at leisure."""
        keys = sorted(self._damaged)[:_MENDED_AT_ONCE]
        slices = await read_ones(connection, keys)
        self._miss()  # there is more to do
        if self._shelf.number != number:
            return  # the bus was quicker: these may be newer, or older
        with self._store.new_table("delta", number) as (writer, name):
            for key, packed in slices.items():
                writer.add(key, DELETED if packed is None else packed)
        self._shelf.patch(name)
        self._damaged.difference_update(keys)
        _log.warning("damaged slices were mended", slices=len(keys))

    async def _start_over(self, connection: Connection, standing: Standing) -> None:
        """Make a base, and a delta of what is newer than that, and let both count at once."""
        base = standing.base and await self._fetch(connection, standing.base)
        if standing.base is None or base is None:
            name = await self._write_table(connection, "base", after=-1, head=standing.head)
            self._shelf.start(name, lineage=standing.lineage)
            return
        delta = None
        if standing.base.number < standing.head:
            try:
                delta = await self._write_table(
                    connection, "delta", after=standing.base.number, head=standing.head
                )
            except BaseException:
                self._store.drop(base)
                raise
        self._shelf.start(base, delta, standing.lineage)

    async def _fetch(self, connection: Connection, base: OfferedBase) -> str | None:
        """Return the name of *base* in the store, or None when it does not come whole."""
        try:
            return await fetch_base(connection, self._store, base)
        except SnapshotInvalidError as error:
            self._note(error)
            return None

    async def _take_changes(self, connection: Connection, after: int, standing: Standing) -> None:
        """Write what changed between *after* and the head to the journal, or as a delta when it is much."""
        head, lineage = standing.head, standing.lineage
        if await count_changes(connection, after) > MAX_JOURNAL_SLICES:
            name = await self._write_table(connection, "delta", after=after, head=head)
            self._shelf.add_delta(name, lineage)
            return
        changes: dict[SliceKey, bytes | None] = {}
        async for rows in read_changes(connection, after):
            changes.update(rows)
        self._shelf.append(head, changes, lineage)

    async def _write_table(self, connection: Connection, kind: str, *, after: int, head: int) -> str:
        """Write what changed between *after* and *head* as a table; a base has no use for what is deleted."""
        with self._store.new_table(kind, head) as (writer, name):
            async for rows in read_changes(connection, after):
                for key, packed in rows:
                    if packed is not None:
                        writer.add(key, packed)
                    elif kind == "delta":
                        writer.add(key, DELETED)
        return name

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
async def _connection_to(url: str | None) -> AsyncIterator[Connection]:
    """Give a connection that is cut off at the end: what it was asked last may never be answered."""
    connection = await asyncpg.connect(url, timeout=_CONNECT_SECONDS, command_timeout=READ_SECONDS)
    try:
        yield connection
    finally:
        connection.terminate()


@asynccontextmanager
async def _snapshot(connection: Connection) -> AsyncIterator[None]:
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        yield
