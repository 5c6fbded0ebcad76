"""Many claims at once: given up when their organization or brand is deleted, taken back when it returns."""

from collections.abc import Iterable
from uuid import UUID

from product_platform.kit.db import Connection
from product_platform.kit.outbox import record_changes
from product_platform.products.repository import domains
from product_platform.products.repository import organizations as repository
from rules_compiler.gs1 import slice_key


async def release_all(connection: Connection, organization_id: UUID) -> None:
    """Take from a deleted organization what it owns; the products stay, as the crowd knows them.

    Nothing is left of a claim of somebody else that its brands had overruled, for that would count again.
    """
    gtins = await repository.release_all(connection, organization_id)
    await _record(connection, gtins, organization_id)


async def release_brand(connection: Connection, brand_id: UUID, organization_id: UUID | None) -> None:
    """Take the products of a deleted brand from whoever owns them; they keep its name."""
    await _record(connection, await repository.release_brand(connection, brand_id), organization_id)


async def take_back(connection: Connection, organization_id: UUID) -> None:
    """Give a restored organization those of its claims that are nobody's now."""
    await _record(connection, await repository.take_back(connection, organization_id), organization_id)


async def forget_released(connection: Connection, organization_id: UUID) -> None:
    """Forget what a purged organization had claimed, and its domains."""
    await repository.forget_released(connection, organization_id)
    await domains.forget(connection, organization_id)


async def _record(connection: Connection, gtins: Iterable[str], organization_id: UUID | None) -> None:
    await record_changes(connection, [slice_key([("01", gtin)]) for gtin in gtins], organization_id)
