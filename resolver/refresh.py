"""Keep the table fresh: start from the file, listen for announcements, ask the database on a gap.

The bus may lose messages without a word, so it is only a hint. A gap in the numbers, a
reconnect or two seconds of silence make the edge ask PostgreSQL for what it has missed; while the
bus is away, it asks twice a second.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog
from redis.asyncio import Redis

from resolver.holder import Holder
from resolver.table_file import TableFile
from rules_compiler.announcement import CHANNEL, from_bytes
from rules_compiler.dict_table import DictTable

SILENCE_SECONDS = 2.0
_ASK_SECONDS = 0.5
_SAVE_SECONDS = 5.0
_SETTLE_SECONDS = 1.0
_FIRST_DELAY_SECONDS = 0.1
_MAX_DELAY_SECONDS = 5.0

_CATCH_UP = """
    SELECT head.seq AS head, slices.key, slices.bytes
    FROM publish_head AS head LEFT JOIN slices ON slices.seq > $1
"""

_log = structlog.get_logger()


@dataclass(slots=True)
class RefreshState:
    """What `/status` tells about freshness; instants are epoch seconds."""

    last_heard_at: float | None = None
    last_caught_up_at: float | None = None
    last_error: str | None = None
    failures: int = 0
    head: int = 0


class Refresher:
    """Runs beside the requests of one worker and swaps the table when there is a newer one."""

    def __init__(
        self, holder: Holder, file: TableFile, *, database_url: str | None, redis_url: str | None
    ) -> None:
        self._holder = holder
        self._file = file
        self._database_url = database_url
        self._redis_url = redis_url
        self._missed = asyncio.Event()
        self._asked = asyncio.Event()
        self._is_listening = False
        self.state = RefreshState()

    def load_file(self) -> None:
        """Serve the table of the last run, if its file is there and whole."""
        table = self._file.read()
        if table is not None:
            self._holder.replace(table)

    async def run(self) -> None:
        """Keep the table fresh until cancelled."""
        self._missed.set()
        async with asyncio.TaskGroup() as group:
            if self._redis_url:
                group.create_task(self._keep_running("bus", self._listen))
            if self._database_url:
                group.create_task(self._keep_running("database", self._follow_database))
            group.create_task(self._keep_running("file", self._save_for_ever))

    async def settle(self) -> None:
        """Return once the database was asked, or when it is slow to answer or cannot be.

        A worker that waits for this does not bring back, for a moment, what changed after the file.
        """
        if self._database_url:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), _SETTLE_SECONDS)

    async def _keep_running(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do *work* again and again; when it fails at once, a little later each time."""
        delay = _FIRST_DELAY_SECONDS
        while True:
            began = time.monotonic()
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - the edge of refreshing: what is held serves on
                self.state.last_error = f"{name}: {type(error).__name__}"
                self.state.failures += 1
                _log.warning("the table cannot be kept fresh", by=name, error=type(error).__name__)
            lasted = time.monotonic() - began > _MAX_DELAY_SECONDS
            delay = _FIRST_DELAY_SECONDS if lasted else min(2 * delay, _MAX_DELAY_SECONDS)
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret

    async def _listen(self) -> None:
        """Take announcements until the bus breaks."""
        async with contextlib.AsyncExitStack() as stack:
            redis = Redis.from_url(self._redis_url or "", socket_connect_timeout=SILENCE_SECONDS)
            stack.push_async_callback(redis.aclose)
            pubsub = await stack.enter_async_context(redis.pubsub())
            await pubsub.subscribe(CHANNEL)
            stack.callback(self._set_listening, False)
            # What was announced before the subscription is known to the database alone.
            self._set_listening(True)
            while True:
                message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=SILENCE_SECONDS)
                if message is None:
                    self._missed.set()
                else:
                    self._hear(message)

    def _set_listening(self, is_listening: bool) -> None:  # noqa: FBT001 - there are but two states
        self._is_listening = is_listening
        self._missed.set()

    def _hear(self, message: dict[str, Any]) -> None:
        try:
            announcement = from_bytes(message["data"])
        except ValueError:
            _log.warning("a message on the bus is no announcement")
            return
        self.state.last_heard_at = time.time()
        self.state.head = max(self.state.head, announcement.seq)
        # A head behind ours is another database's, or its announcement was overtaken: the database knows.
        if announcement.seq < self._holder.number or not self._holder.adopt(announcement):
            self._missed.set()

    async def _follow_database(self) -> None:
        """Catch up whenever something may have been missed, until the database breaks."""
        connection = None
        try:
            connection = await asyncpg.connect(self._database_url, timeout=SILENCE_SECONDS)
            while True:
                await self._catch_up(connection)
                self._asked.set()
                await self._wait_until_missed()
        finally:
            self._asked.set()
            if connection is not None:
                connection.terminate()

    async def _wait_until_missed(self) -> None:
        """Return when something may have been missed, which without a bus is always so."""
        with contextlib.suppress(TimeoutError):
            timeout = None if self._is_listening else _ASK_SECONDS
            await asyncio.wait_for(self._missed.wait(), timeout)

    async def _catch_up(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._missed.clear()
        mine = self._holder.number
        # INVARIANT: one statement reads one snapshot, so head and slices belong together.
        rows = await connection.fetch(_CATCH_UP, mine, timeout=30)
        head: int = rows[0]["head"]
        self.state.head = max(self.state.head, head)
        self.state.last_caught_up_at = time.time()
        self.state.last_error = None
        if head < mine:
            await self._start_over(connection)
        elif head > self._holder.number:
            changes = {row["key"]: row["bytes"] for row in rows if row["key"] is not None}
            self._holder.replace(self._holder.held.table.adopt(head, changes))
        elif not self._holder.is_loaded:
            self._holder.replace(DictTable(head, {}))

    async def _start_over(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Take everything anew: the database is older than our table, so it is another one."""
        _log.warning("the database is behind the table; starting over", table=self._holder.number)
        rows = await connection.fetch(_CATCH_UP, -1, timeout=60)
        slices = {row["key"]: row["bytes"] for row in rows if row["bytes"] is not None}
        self.state.head = rows[0]["head"]
        self._holder.replace(DictTable(self.state.head, slices))

    async def _save_for_ever(self) -> None:
        saved = self._holder.number
        while True:
            await asyncio.sleep(_SAVE_SECONDS)
            table = self._holder.held.table
            if self._holder.is_loaded and table.number != saved:
                saved = table.number
                await asyncio.to_thread(self._file.write, table)
