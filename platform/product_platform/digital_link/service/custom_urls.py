"""The catalogue of targets: where an organization's rules lead, and whether that place answers."""

from datetime import datetime
from uuid import UUID

from product_platform.digital_link.errors import (
    CustomUrlInUseError,
    CustomUrlNotFoundError,
    CustomUrlTakenError,
)
from product_platform.digital_link.models import CustomUrl, Health
from product_platform.digital_link.ports import Verdict
from product_platform.digital_link.repository import custom_urls as repository
from product_platform.digital_link.schemas.custom_urls import CustomUrlRecord, CustomUrlStatus
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.errors import Detail, InvalidError
from product_platform.kit.outbox import record_changes
from product_platform.kit.pagination import Page, PageQuery
from product_platform.kit.permissions import Permission, Principal
from rules_compiler.templates import find_url_defects


class CustomUrls:
    """Reads and changes catalogues, in the transaction of the connection that it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def list_urls(
        self, connection: Connection, organization_id: UUID, query: PageQuery, *, principal: Principal
    ) -> Page[CustomUrl]:
        """Return a page of the catalogue."""
        principal.require(Permission.VIEW, organization_id, hidden=True)
        return await repository.fetch_list(connection, organization_id, query)

    async def get(
        self, connection: Connection, organization_id: UUID, custom_url_id: UUID, *, principal: Principal
    ) -> CustomUrl:
        """Return one entry."""
        principal.require(Permission.VIEW, organization_id, hidden=True)
        return await _get(connection, organization_id, custom_url_id)

    async def create(
        self, connection: Connection, organization_id: UUID, url: str, *, principal: Principal
    ) -> CustomUrl:
        """Add a URL; raises CustomUrlTakenError when it is there already."""
        principal.require(Permission.CONTRIBUTE, organization_id, hidden=True)
        _check_url(url)
        entry, is_new = await self.ensure(connection, organization_id, url, made_by_rule=False)
        if not is_new:
            raise CustomUrlTakenError(url)
        return entry

    async def rewrite(
        self,
        connection: Connection,
        organization_id: UUID,
        custom_url_id: UUID,
        *,
        url: str,
        principal: Principal,
    ) -> CustomUrl:
        """Give an entry another URL, of unknown health. Rules keep the URL that they have."""
        principal.require(Permission.CONTRIBUTE, organization_id, hidden=True)
        _check_url(url)
        entry = await _get(connection, organization_id, custom_url_id)
        await repository.rewrite(connection, entry.id, url, self._clock.now())
        if await repository.fetch_slice_keys(connection, organization_id, [entry.url]):
            # Rules still lead to the old URL, whose health has to be known.
            await self.ensure(connection, organization_id, entry.url, made_by_rule=True)
        await self._republish(connection, organization_id, entry.url, url)
        return await _get(connection, organization_id, custom_url_id)

    async def delete(
        self, connection: Connection, organization_id: UUID, custom_url_id: UUID, *, principal: Principal
    ) -> None:
        """Delete an entry; raises CustomUrlInUseError while a rule leads there."""
        principal.require(Permission.CONTRIBUTE, organization_id, hidden=True)
        entry = await _get(connection, organization_id, custom_url_id)
        if await repository.fetch_slice_keys(connection, organization_id, [entry.url]):
            raise CustomUrlInUseError(entry.url)
        await repository.delete(connection, entry.id)

    async def set_status(
        self, connection: Connection, organization_id: UUID, url: str, *, status: CustomUrlStatus
    ) -> None:
        """Store what is known of a URL, adding it where need be, and tell the edges.

        This is for whoever checks URLs; no caller of the API reaches it.
        """
        entry, _ = await self.ensure(connection, organization_id, url, made_by_rule=False)
        if entry.status is not status:
            await self._store(connection, entry, Health(status))

    async def record_check(
        self, connection: Connection, entry: CustomUrl, *, verdict: Verdict, next_check_at: datetime
    ) -> CustomUrl | None:
        """Store what a look at *entry* found, tell the edges, and return the entry as it is now.

        None when it is gone. One that has another URL by now is not touched; one that could not be
        looked at keeps its status.
        """
        current = await repository.find(connection, entry.organization_id, entry.id)
        if current is None or current.url != entry.url:
            return current
        await repository.put_off(connection, [current.id], next_check_at)
        if verdict is Verdict.REFUSED:
            return await self._store(connection, current, current.health)
        return await self._store(connection, current, current.health.after(is_alive=verdict is Verdict.ALIVE))

    async def put(self, connection: Connection, organization_id: UUID, *, record: CustomUrlRecord) -> None:
        """Have an entry for a URL, with the status that is given; doing it again changes nothing."""
        _check_url(record.url)
        await self.ensure(connection, organization_id, record.url, made_by_rule=False)
        if record.status is not None:
            await self.set_status(connection, organization_id, record.url, status=record.status)

    async def ensure(
        self, connection: Connection, organization_id: UUID, url: str, *, made_by_rule: bool
    ) -> tuple[CustomUrl, bool]:
        """Return the entry of a URL and whether it is new. One *made_by_rule* leaves with its last rule."""
        return await repository.ensure(
            connection, organization_id, url, made_by_rule=made_by_rule, at=self._clock.now()
        )

    async def _store(self, connection: Connection, entry: CustomUrl, health: Health) -> CustomUrl:
        stored = await repository.set_health(connection, entry, health, self._clock.now())
        if health.is_dead != entry.health.is_dead:
            await self._republish(connection, entry.organization_id, entry.url)
        return stored

    async def _republish(self, connection: Connection, organization_id: UUID, *urls: str) -> None:
        keys = await repository.fetch_slice_keys(connection, organization_id, urls)
        await record_changes(connection, keys, organization_id)


async def _get(connection: Connection, organization_id: UUID, custom_url_id: UUID) -> CustomUrl:
    entry = await repository.find(connection, organization_id, custom_url_id)
    if entry is None:
        raise CustomUrlNotFoundError(custom_url_id)
    return entry


def _check_url(url: str) -> None:
    defects = find_url_defects(url)
    if defects:
        raise InvalidError([Detail("url", defect.message, defect.code) for defect in defects])
