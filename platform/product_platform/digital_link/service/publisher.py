"""Turn committed changes into published slices: one publisher, one number a change set."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from uuid import uuid4

import structlog
from asyncpg import InterfaceError, PostgresError, SerializationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from product_platform.digital_link.models import Change, SliceBytes, refused_statuses
from product_platform.digital_link.repository import publication
from product_platform.digital_link.repository.sources import Facts, item_gtins, load_catalogues
from product_platform.kit.db import Connection
from rules_compiler.announcement import CHANNEL, Announcement, to_bytes
from rules_compiler.compiler import compile_slice
from rules_compiler.model import Catalogue, SliceKey

_log = structlog.get_logger(__name__)

Compile = Callable[[Catalogue, SliceKey], bytes | None]
LoadFacts = Callable[[Connection, Sequence[str]], Awaitable[Facts]]
Failures = Mapping[SliceKey, Exception]

_ERROR_LENGTH = 500
_ATTEMPTS = 3
_ANNOUNCE_WITHIN_S = 1.0


class Publisher:
    """Publishes waiting changes. *connection* is its own for as long as it lives.

    A change set is compiled from one snapshot of the database: any transaction is in it whole
    or not at all, and so is every reorder, every import batch, every change of hands.
    """

    def __init__(
        self,
        connection: Connection,
        bus: Redis,
        *,
        load_facts: LoadFacts,
        min_claim_tier: str,
        compile_one: Compile = compile_slice,
    ) -> None:
        self._connection = connection
        self._bus = bus
        self._load_facts = load_facts
        self._compile = compile_one
        self._refused = refused_statuses(min_claim_tier)
        self._lost_announcements = 0
        self._lineage: str | None = None
        self._head_left = -1

    async def lock(self) -> None:
        """Wait until no other publisher is at work; the lock falls with the connection."""
        await self._connection.execute("SELECT pg_advisory_lock($1)", publication.PUBLISHER_LOCK)

    async def publish_once(self) -> int | None:
        """Publish one change set and return the newest number, or None when nothing waited.

        A change whose compilation raises is quarantined with everything else that its
        organization changed in the set; the others are published.
        """
        if not await publication.has_waiting(self._connection):
            return None
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                announcement = await self._publish_set()
                break
            except SerializationError:
                if attempt == _ATTEMPTS:
                    raise
        if announcement.slices:
            await self.announce(announcement)
        return announcement.seq

    async def announce(self, announcement: Announcement) -> None:
        """Tell the edges, if the bus is there to tell; they find out from the database anyway."""
        try:
            # A bus that hangs must not hold up the next change set.
            async with asyncio.timeout(_ANNOUNCE_WITHIN_S):
                await self._bus.publish(CHANNEL, to_bytes(announcement))
        except (RedisError, OSError) as error:
            self._lost_announcements += 1
            _log.warning(
                "announcement lost",
                seq=announcement.seq,
                error=type(error).__name__,
                lost=self._lost_announcements,
            )

    async def _publish_set(self) -> Announcement:
        # INVARIANT: the number is taken under the lock of the head, so that numbers are in the
        # order of commit, and everything below reads the snapshot of that first statement.
        async with self._connection.transaction(isolation="repeatable_read"):
            head = await publication.lock_head(self._connection)
            changes = await publication.take_changes(self._connection)
            slices, failures = await self._compile_all(changes)
            ruined = _ruin(changes, failures)
            good = [change for change in changes if change not in ruined]
            wanted = {change.slice_key for change in good}
            stored = await publication.store_slices(
                self._connection, head + 1, {key: slices[key] for key in wanted}
            )
            # A change that changed no slice is in the newest table already.
            newest = head + 1 if stored else head
            await publication.mark_done(self._connection, good, newest)
            await publication.quarantine(self._connection, ruined)
            if stored:
                lineage = await self._continue_lineage(head)
                await publication.raise_head(self._connection, head + 1)
        _report(ruined)
        if stored:
            self._lineage, self._head_left = lineage, newest
        return Announcement(newest, {key: slices[key] for key in stored}, self._lineage)

    async def _continue_lineage(self, head: int) -> str:
        """Return the lineage of what comes after *head*: a new one unless this publisher left that head."""
        if self._lineage is not None and head == self._head_left:
            return self._lineage
        lineage = uuid4().hex
        await publication.begin_lineage(self._connection, head + 1, lineage)
        return lineage

    async def _compile_all(self, changes: Iterable[Change]) -> tuple[SliceBytes, Failures]:
        catalogues, unloaded = await self._load(sorted({change.slice_key for change in changes}))
        slices, uncompiled = await asyncio.to_thread(self._compile_each, catalogues)
        return slices, {**unloaded, **uncompiled}

    async def _load(self, keys: Sequence[SliceKey]) -> tuple[dict[SliceKey, Catalogue], Failures]:
        """Return what *keys* are compiled from, and for the others why it cannot be read.

        The keys are read together; only when that fails, in halves until the culprit is alone.
        """
        try:
            facts = await self._load_facts(self._connection, item_gtins(keys))
            return await load_catalogues(self._connection, keys, facts=facts, refused=self._refused), {}
        except (PostgresError, InterfaceError, OSError):  # no fault of the rows
            raise
        except Exception as error:  # noqa: BLE001  # as in _compile_each
            if len(keys) == 1:
                return {}, {keys[0]: error}
        half = len(keys) // 2
        first, first_failures = await self._load(keys[:half])
        second, second_failures = await self._load(keys[half:])
        return first | second, {**first_failures, **second_failures}

    def _compile_each(self, catalogues: Mapping[SliceKey, Catalogue]) -> tuple[SliceBytes, Failures]:
        slices: dict[SliceKey, bytes | None] = {}
        failures: dict[SliceKey, Exception] = {}
        for key, catalogue in catalogues.items():
            try:
                slices[key] = self._compile(catalogue, key)
            except Exception as error:  # noqa: BLE001  # one organization's crash must not stop the others
                failures[key] = error
        return slices, failures


def _ruin(changes: Iterable[Change], failures: Failures) -> dict[Change, str]:
    """Return the changes to quarantine with the reason: all of every party with a failed slice.

    A slice that another party changed as well is published for that party's sake.
    """
    reasons: dict[str, str] = {}
    for change in changes:
        if change.slice_key in failures:
            error = failures[change.slice_key]
            text = f"{change.slice_key}: {type(error).__name__}: {error}"
            reasons.setdefault(change.party, text[:_ERROR_LENGTH])
    return {change: reasons[change.party] for change in changes if change.party in reasons}


def _report(ruined: Mapping[Change, str]) -> None:
    for party, error in {change.party: error for change, error in ruined.items()}.items():
        _log.error("changes quarantined", party=party, error=error)
