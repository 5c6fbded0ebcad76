"""How a change of a product is stored: with its time, and told to whoever compiles it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.outbox import record_changes
from product_platform.products.models import Product, assess
from product_platform.products.repository import content, products
from product_platform.products.schemas.fields import ClaimStatus, DataSource
from product_platform.products.service.ingredients import parse_ingredients
from rules_compiler.gs1 import slice_key


async def store_changes(
    connection: Connection,
    product: Product,
    changes: Mapping[str, Any],
    *,
    organization_id: UUID | None,
    clock: Clock,
) -> None:
    """Set columns of a locked product, and have its slice compiled anew."""
    await products.update(connection, product.id, {**changes, "modified": clock.now()})
    await record_slice(connection, organization_id, ("01", product.gtin))


def claim_columns(organization_id: UUID, *, at: datetime) -> dict[str, Any]:
    """Return the columns of a product that an organization claims now."""
    return {
        "owner_id": organization_id,
        "claim_verification_status": ClaimStatus.UNVERIFIED,
        "claimed_at": at,
        "resolver_enabled": True,
    }


def add_owner(product: Product, changes: Mapping[str, Any], *, owner_id: UUID) -> dict[str, Any]:
    """Return *changes* with what follows from their being the word of the owner.

    A product whose brand says whose it is stays with its owner when the brand is taken off, and of a
    former owner's claim nothing stays.
    """
    claim = {name: product.values[name] for name in ("claim_verification_status", "claimed_at")}
    known = {**product.values, **changes}
    return {**changes, "owner_id": owner_id, **claim, **assess(known, DataSource.CLAIMED)}


async def record_slice(connection: Connection, organization_id: UUID | None, *ais: tuple[str, str]) -> None:
    """Say that the slice of an item, or of a lot or serial and its item, has changed."""
    await record_changes(connection, [slice_key(ais), slice_key(ais[:1])], organization_id)


async def store_ingredients(connection: Connection, product: Product, label: str) -> None:
    """Store what *label* lists in the place of all ingredients of the product."""
    rows = [
        (each.name, each.is_major_allergen, each.may_contain, each.percentage)
        for each in parse_ingredients(label)
    ]
    await content.replace_ingredients(connection, product.id, rows)
