"""The watch over targets: each is looked at every few minutes, and whenever somebody asks."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import structlog

from product_platform.digital_link.errors import CustomUrlNotFoundError
from product_platform.digital_link.models import CustomUrl
from product_platform.digital_link.ports import UrlCheck, Verdict
from product_platform.digital_link.repository import custom_urls as repository
from product_platform.digital_link.service.custom_urls import CustomUrls
from product_platform.kit.clock import Clock
from product_platform.kit.db import Database
from product_platform.kit.permissions import Permission, Principal
from rules_compiler.templates import compile_template

_log = structlog.get_logger(__name__)

INTERVAL: Final = timedelta(minutes=5)
# What came in at one instant spreads over the interval with time.
JITTER: Final = 0.1
BATCH: Final = 200
# A host is asked for so many URLs in a round, one after the other; the rest wait.
MAX_PER_HOST: Final = 10
HOST_PAUSE_S: Final = 0.2
_PUT_OFF: Final = timedelta(minutes=1)
_MAX_HOSTS_AT_ONCE: Final = 32
# When so many hosts keep silent and none answers, it is we who have no network.
QUORUM: Final = 10

_ANSWERS: Final = frozenset({Verdict.ALIVE, Verdict.FAILED})

Pause = Callable[[float], Awaitable[None]]
Verdicts = Sequence[tuple[CustomUrl, Verdict]]


class Prober:
    """Looks at targets and stores what it finds. No transaction is open while a server is waited for."""

    def __init__(
        self, database: Database, clock: Clock, url_check: UrlCheck, *, pause: Pause = asyncio.sleep
    ) -> None:
        self._database = database
        self._clock = clock
        self._url_check = url_check
        self._pause = pause
        self._custom_urls = CustomUrls(clock)
        self._silent_hosts: set[str] = set()

    async def check_due(self) -> int:
        """Look at targets whose time has come, and return how many were taken.

        What one prober has taken, no other takes before the interval is over.
        """
        taken, by_host = await self._take()
        gate = asyncio.Semaphore(_MAX_HOSTS_AT_ONCE)
        rounds = await asyncio.gather(*(self._check_host(entries, gate) for entries in by_host.values()))
        for entry, verdict in self._believe([each for found in rounds for each in found]):
            await self._record(entry, verdict)
        return taken

    async def retry(self, organization_id: UUID, custom_url_id: UUID, *, principal: Principal) -> CustomUrl:
        """Look at one target now, and return its entry; one with placeholders stays as it is."""
        principal.require(Permission.CONTRIBUTE, organization_id, hidden=True)
        async with self._database.transaction() as connection:
            entry = await self._custom_urls.get(
                connection, organization_id, custom_url_id, principal=principal
            )
        if compile_template(entry.url) is not None:
            return entry
        stored = await self._record(entry, await self._url_check.check(entry.url))
        if stored is None:
            raise CustomUrlNotFoundError(custom_url_id)
        return stored

    async def _take(self) -> tuple[int, Mapping[str, list[CustomUrl]]]:
        now = self._clock.now()
        by_host: defaultdict[str, list[CustomUrl]] = defaultdict(list)
        put_off: list[UUID] = []
        async with self._database.transaction() as connection:
            due = await repository.take_due(connection, now, limit=BATCH, until=now + INTERVAL)
            for entry in due:
                entries = by_host[_host(entry)]
                if len(entries) < MAX_PER_HOST:
                    entries.append(entry)
                else:
                    put_off.append(entry.id)
            await repository.put_off(connection, put_off, now + _PUT_OFF)
        return len(due), by_host

    async def _check_host(
        self, entries: Sequence[CustomUrl], gate: AbstractAsyncContextManager[None]
    ) -> Verdicts:
        verdicts: list[tuple[CustomUrl, Verdict]] = []
        async with gate:
            for entry in entries:
                if verdicts:
                    await self._pause(HOST_PAUSE_S)
                verdicts.append((entry, await self._url_check.check(entry.url)))
        return verdicts

    def _believe(self, verdicts: Verdicts) -> Verdicts:
        """Return what is to be stored: all, but silence of which our own network may be the cause."""
        if any(verdict in _ANSWERS for _, verdict in verdicts):
            self._silent_hosts.clear()
            return verdicts
        self._silent_hosts |= {_host(entry) for entry, verdict in verdicts if verdict is Verdict.SILENT}
        if len(self._silent_hosts) < QUORUM:
            return verdicts
        _log.warning("no target answers: silence is not stored", hosts=len(self._silent_hosts))
        return [(entry, verdict) for entry, verdict in verdicts if verdict is not Verdict.SILENT]

    async def _record(self, entry: CustomUrl, verdict: Verdict) -> CustomUrl | None:
        async with self._database.transaction() as connection:
            return await self._custom_urls.record_check(
                connection, entry, verdict=verdict, next_check_at=_next_after(self._clock.now())
            )


def _host(entry: CustomUrl) -> str:
    return urlsplit(entry.url).netloc.lower()


def _next_after(now: datetime) -> datetime:
    return now + INTERVAL * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # no secret
