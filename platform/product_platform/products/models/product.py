"""A product as a value, with its serials: whose it is, and how each list shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from product_platform.products.schemas.fields import ClaimStatus
from product_platform.products.schemas.products import ProductOut
from product_platform.products.schemas.trade_items import ProductBrowseOut, TradeItemDetailOut, TradeItemOut
from rules_compiler.model import SerialState


class SerialName(NamedTuple):
    """A serial number, of the product with this GTIN of 14 digits."""

    gtin: str
    serial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Serial:
    """A stored serial number.

    `state` is what is published, `flag` what the owner says of it (None: nothing).
    `conflicting_gtin` is another product of the same owner that has the serial too, in a lot
    whose life, from production to expiry, overlaps that of this one's.
    """

    state: SerialState
    flag: SerialState | None
    conflicting_gtin: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One stored trade item.

    `owner_id` follows the owner rule: the organization of the brand if that has one, else the
    organization that claims the item itself. `values` holds the columns by name, `brand` (the
    name of the brand) among them.
    """

    id: UUID
    gtin: str
    owner_id: UUID | None
    claim_verification_status: ClaimStatus | None
    claimed_at: datetime | None
    values: Mapping[str, Any]

    def to_out(self) -> ProductOut:
        """Return the product as every caller sees it."""
        return ProductOut.model_validate(self._shown())

    def to_trade_item(self) -> TradeItemOut:
        """Return the product as a list of the catalogue shows it."""
        return TradeItemOut.model_validate(self._shown())

    def to_trade_item_detail(self) -> TradeItemDetailOut:
        """Return the product as the catalogue shows it on its own."""
        return TradeItemDetailOut.model_validate(self._shown())

    def to_browse(self) -> ProductBrowseOut:
        """Return the product in few words."""
        return ProductBrowseOut.model_validate(self._shown())

    def _shown(self) -> dict[str, Any]:
        return {**self.values, "owner_id": self.owner_id, "is_claimed": self.owner_id is not None}
