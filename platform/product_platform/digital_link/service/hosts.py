"""The host names at which organizations have a resolver of their own: asked for, proved, and given up."""

from secrets import token_hex
from urllib.parse import urlsplit
from uuid import UUID

from product_platform.digital_link.errors import HostNotFoundError, HostRecordMissingError, HostTakenError
from product_platform.digital_link.models import CustomHost
from product_platform.digital_link.ports import TxtLookup
from product_platform.digital_link.repository import hosts as repository
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection, Database
from product_platform.kit.errors import Detail, InvalidError
from product_platform.kit.host_names import parse_host_name
from product_platform.kit.outbox import record_changes
from product_platform.kit.pagination import Page, PageQuery
from product_platform.kit.permissions import Permission, Principal

_TOKEN_BYTES = 16


class Hosts:
    """Reads and changes hosts. *base_url* is the address of the default host, which nobody may take."""

    def __init__(self, clock: Clock, lookup: TxtLookup, *, base_url: str) -> None:
        self._clock = clock
        self._lookup = lookup
        self._default_name = urlsplit(base_url).hostname

    async def list_hosts(
        self, connection: Connection, organization_id: UUID, query: PageQuery, *, principal: Principal
    ) -> Page[CustomHost]:
        """Return a page of the organization's hosts."""
        principal.require(Permission.VIEW, organization_id, hidden=True)
        return await repository.fetch_list(connection, organization_id, query)

    async def get(
        self, connection: Connection, organization_id: UUID, host_id: UUID, *, principal: Principal
    ) -> CustomHost:
        """Return one host."""
        principal.require(Permission.VIEW, organization_id, hidden=True)
        return await _get(connection, organization_id, host_id)

    async def create(
        self, connection: Connection, organization_id: UUID, name: str, *, principal: Principal
    ) -> CustomHost:
        """Ask for a name; raises HostListedError when the organization did so before."""
        principal.require(Permission.CHANGE_RULES, organization_id, hidden=True)
        name = parse_host_name(name)
        if name == self._default_name:
            message = f"{name!r} is the host of this service itself."
            raise InvalidError([Detail("name", message, "host_reserved")])
        token = token_hex(_TOKEN_BYTES)
        return await repository.insert(connection, organization_id, name, token=token, at=self._clock.now())

    async def verify(
        self, database: Database, organization_id: UUID, host_id: UUID, *, principal: Principal
    ) -> CustomHost:
        """Bind a host whose record is in the DNS; one that is bound stays so.

        Another organization that has the name loses it when its own record is gone. Raises
        HostRecordMissingError, HostTakenError or DnsUnavailableError.
        """
        principal.require(Permission.CHANGE_RULES, organization_id, hidden=True)
        async with database.transaction() as connection:
            host = await _get(connection, organization_id, host_id)
        if host.verified_at is not None:
            return host
        # No transaction is open meanwhile, as name servers may take their time.
        texts = await self._lookup.find_texts(host.record.name)
        if host.record.value not in texts:
            raise HostRecordMissingError(host.record.name, host.record.value)
        async with database.transaction() as connection:
            return await self._bind(connection, organization_id, host_id, texts=texts)

    async def delete(
        self, connection: Connection, organization_id: UUID, host_id: UUID, *, principal: Principal
    ) -> None:
        """Give a host up."""
        principal.require(Permission.CHANGE_RULES, organization_id, hidden=True)
        host = await _get(connection, organization_id, host_id)
        await repository.delete(connection, host.id)
        if host.verified_at is not None:
            await record_changes(connection, [host.slice_key], organization_id)

    @staticmethod
    async def is_bound(connection: Connection, name: str) -> bool:
        """Tell whether an organization answers at *name*, in whatever case it is written."""
        return await repository.is_bound(connection, name.lower().removesuffix("."))

    async def _bind(
        self, connection: Connection, organization_id: UUID, host_id: UUID, *, texts: frozenset[str]
    ) -> CustomHost:
        host = await _get(connection, organization_id, host_id)
        holder = await repository.find_verified(connection, host.name)
        if holder is not None and holder.id != host.id:
            if holder.record.value in texts:
                raise HostTakenError(host.name)
            await repository.set_verified(connection, holder, None)
        await repository.set_verified(connection, host, self._clock.now())
        await record_changes(connection, [host.slice_key], organization_id)
        return await _get(connection, organization_id, host_id)


async def _get(connection: Connection, organization_id: UUID, host_id: UUID) -> CustomHost:
    host = await repository.find(connection, organization_id, host_id)
    if host is None:
        raise HostNotFoundError(host_id)
    return host
