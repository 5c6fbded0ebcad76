"""Brands: who owns which, and what their owners say of them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from asyncpg import UniqueViolationError

from product_platform.brands import repository
from product_platform.brands.errors import BrandNotFoundError, BrandNotOwnedError, BrandTakenError
from product_platform.brands.events import BrandDeleted, BrandWebsiteSet
from product_platform.brands.models import Brand, to_name_key
from product_platform.brands.schemas import BrandCreate, BrandFilters, BrandPatch, BrandRecord
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.events import Events
from product_platform.kit.ids import to_short
from product_platform.kit.metadata import merge_metadata
from product_platform.kit.outbox import record_changes
from product_platform.kit.pagination import Page, PageQuery
from product_platform.kit.permissions import Permission, Principal


class Brands:
    """Reads, claims and changes brands, in the transaction of the connection that it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def find(self, connection: Connection, brand_id: UUID) -> Brand | None:
        """Return the active brand with this id."""
        return await repository.find(connection, brand_id)

    async def find_by_name(self, connection: Connection, name: str) -> Brand | None:
        """Return the active brand that bears *name*, however it is spaced or cased."""
        return await repository.find_by_name(connection, name)

    async def get(self, connection: Connection, brand_id: UUID) -> Brand:
        """Return the active brand with this id; raises BrandNotFoundError."""
        return await self._get(connection, brand_id)

    async def list_brands(
        self, connection: Connection, query: PageQuery, *, filters: BrandFilters
    ) -> Page[Brand]:
        """Return a page of active brands, claimed or not."""
        return await repository.fetch_list(connection, query, filters=filters)

    async def claim(
        self, connection: Connection, body: BrandCreate, *, principal: Principal, events: Events
    ) -> Brand:
        """Create a brand for an organization, or link the unclaimed one of the same name to it.

        Of a linked brand only empty fields are filled in. Raises BrandTakenError when the brand
        belongs to an organization, be it the caller's own.
        """
        principal.require(Permission.CLAIM, body.organization_id)
        brand, sent = (
            await self._take(connection, body.name, organization_id=body.organization_id),
            _sent(body),
        )
        fillings = {name: value for name, value in sent.items() if not getattr(brand, name)}
        brand = await self._change(connection, brand, fillings)
        if brand.website:
            await events.announce(connection, BrandWebsiteSet(body.organization_id, self._clock.now()))
        return brand

    async def patch(
        self,
        connection: Connection,
        brand_id: UUID,
        *,
        principal: Principal,
        body: BrandPatch,
        events: Events,
    ) -> Brand:
        """Change what its owner says of a brand."""
        former = await self._get_own(connection, brand_id, principal)
        brand = await self._change(connection, former, _sent(body))
        if brand.organization_id is not None and brand.website not in {former.website, ""}:
            await events.announce(connection, BrandWebsiteSet(brand.organization_id, self._clock.now()))
        return brand

    async def set_logo(
        self, connection: Connection, brand_id: UUID, *, principal: Principal, key: str
    ) -> tuple[Brand, str | None]:
        """Make the stored file *key* the logo; return the brand, and the key of the former logo."""
        brand = await self._get_own(connection, brand_id, principal)
        return await self._change(connection, brand, {"logo_key": key}), brand.logo_key

    async def delete(
        self, connection: Connection, brand_id: UUID, *, principal: Principal, events: Events
    ) -> None:
        """Delete a brand; its products keep its name, and are nobody's."""
        brand = await self._get_own(connection, brand_id, principal)
        await repository.update(connection, brand_id, {"is_active": False, "modified": self._clock.now()})
        # Edges hear of the brand at last: without it the claims of its products would count.
        await events.announce(connection, BrandDeleted(brand_id, brand.organization_id))
        await _record(connection, [brand_id], brand.organization_id)

    async def ensure(self, connection: Connection, name: str) -> Brand:
        """Return the active brand of this name, whoever owns it; a new one is nobody's."""
        at = self._clock.now()
        brand_id = await repository.insert(connection, name, organization_id=None, at=at)
        if brand_id is not None:
            await record_changes(connection, [f"brand/{to_short(brand_id)}"], None)
            return await self._get(connection, brand_id)
        brand = await repository.find_by_name(connection, name)
        if brand is None:
            raise BrandTakenError(name)  # it was deactivated in between
        return brand

    async def upsert(self, connection: Connection, organization_id: UUID, *, record: BrandRecord) -> Brand:
        """Claim the brand of this name for the organization where need be, and bring it up to date.

        Doing it again changes nothing. Raises BrandTakenError when another organization owns it.
        """
        brand = await repository.find_by_name(connection, record.name, lock=True)
        if brand is None or brand.organization_id != organization_id:
            brand = await self._take(connection, record.name, organization_id=organization_id)
        return await self._change(connection, brand, _sent(record))

    async def _get(self, connection: Connection, brand_id: UUID, *, lock: bool = False) -> Brand:
        brand = await repository.find(connection, brand_id, lock=lock)
        if brand is None:
            raise BrandNotFoundError(brand_id)
        return brand

    async def _get_own(self, connection: Connection, brand_id: UUID, principal: Principal) -> Brand:
        brand = await self._get(connection, brand_id, lock=True)
        if not principal.can(Permission.CLAIM, brand.organization_id):
            raise BrandNotOwnedError(brand.name)
        return brand

    async def _take(self, connection: Connection, name: str, *, organization_id: UUID) -> Brand:
        """Make the brand of this name the organization's own, which it was not before.

        Its products come with it: whoever reads one follows its brand, and none has to be touched.
        """
        at = self._clock.now()
        brand_id = await repository.insert(connection, name, organization_id=organization_id, at=at)
        if brand_id is None:
            brand = await repository.find_by_name(connection, name, lock=True)
            if brand is None or brand.organization_id is not None:
                raise BrandTakenError(name)
            brand_id = brand.id
            taken = {"organization_id": organization_id, "claimed_at": at, "modified": at}
            await repository.update(connection, brand_id, taken)
        await _record(connection, [brand_id], organization_id)
        return await self._get(connection, brand_id)

    async def _change(self, connection: Connection, brand: Brand, sent: dict[str, Any]) -> Brand:
        """Store what differs from *brand*, and say so."""
        if "metadata" in sent:
            sent["metadata"] = merge_metadata(brand.metadata, sent["metadata"])
        changes = {name: value for name, value in sent.items() if value != getattr(brand, name)}
        if not changes:
            return brand
        if "name" in changes:
            changes["name_key"] = to_name_key(changes["name"])
        at = self._clock.now()
        try:
            await repository.update(connection, brand.id, {**changes, "modified": at})
        except UniqueViolationError as error:
            raise BrandTakenError(changes["name"]) from error
        await _record(connection, [brand.id], brand.organization_id)
        return await self._get(connection, brand.id)


async def release_all(connection: Connection, organization_id: UUID) -> None:
    """Take its brands from an organization that is deleted; it may take them back."""
    await _record(connection, await repository.release_all(connection, organization_id), organization_id)


async def take_back(connection: Connection, organization_id: UUID) -> None:
    """Give a restored organization those of its brands that nobody has claimed meanwhile."""
    await _record(connection, await repository.take_back(connection, organization_id), organization_id)


async def forget_released(connection: Connection, organization_id: UUID) -> None:
    """Forget which brands a purged organization had."""
    await repository.forget_released(connection, organization_id)


def _sent(body: BrandCreate | BrandPatch) -> dict[str, Any]:
    """Return the fields that the body sets; a null leaves a text as it is, but clears metadata."""
    sent = body.model_dump(exclude_unset=True, exclude={"organization_id"})
    return {name: value for name, value in sent.items() if value is not None or name == "metadata"}


async def _record(connection: Connection, brand_ids: Iterable[UUID], organization_id: UUID | None) -> None:
    await record_changes(connection, [f"brand/{to_short(id_)}" for id_ in brand_ids], organization_id)
