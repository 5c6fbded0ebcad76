"""A product as a value: whose it is, and how far what is said of it can be trusted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from product_platform.products.schemas import ClaimStatus, DataSource, ProductOut
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
        owner = {"owner_id": self.owner_id, "is_claimed": self.owner_id is not None}
        return ProductOut.model_validate({**self.values, **owner})


# The fields that a reader may doubt. Units and parsed amounts follow from these.
_DOUBTED = (
    "product_name",
    "brand_id",
    "manufacturer",
    "description",
    "image_url",
    "country_of_origin",
    "net_content",
    "length",
    "width",
    "height",
    "depth",
    "gross_weight",
    "net_weight",
    "gpc_brick_code",
    "gpc_class_code",
    "gpc_family_code",
    "gpc_segment_code",
)

# The word of an owner is final; that of the crowd needs others to agree.
AUTHORITY = {DataSource.CLAIMED: 1.0, DataSource.CROWD_SOURCED: 0.4}
"""How much the word of each source weighs."""


def assess(values: Mapping[str, Any], source: DataSource) -> dict[str, Any]:
    """Return the columns that say how far *values* can be trusted when *source* vouches for them."""
    known = [name for name in _DOUBTED if values.get(name) not in (None, "")]
    authority = AUTHORITY[source]
    return {
        "data_source": source,
        "field_confidence": {"brand" if name == "brand_id" else name: authority for name in known},
        "confidence_score": authority if known else 0.0,
    }


def take_over(doubted: Iterable[str], *, claimed_at: datetime | None) -> dict[str, Any]:
    """Return the columns of a product whose owner owns its brand, and never claimed the product itself.

    That is a claim from the day on which the brand was, and nothing of a former claim is left: neither its
    tier nor its date. *doubted* names the fields that are known. The edge tells the same of the
    product (`resolver/item_facts.py`).
    """
    confidence = dict.fromkeys(doubted, AUTHORITY[DataSource.CLAIMED])
    return {
        "claim_verification_status": ClaimStatus.UNVERIFIED,
        "claimed_at": claimed_at,
        "data_source": DataSource.CLAIMED,
        "field_confidence": confidence,
        "confidence_score": max(confidence.values(), default=0.0),
    }


# GS1 prefixes whose numbers are given out anew in every shop or country.
_RESTRICTED = (range(20, 30), range(40, 50), range(200, 300))
_RESTRICTED_GTIN_8 = (range(100), range(200, 300))
_GTIN_8_PADDING = "0" * 6


def is_restricted(gtin: str) -> bool:
    """Tell whether a GTIN-14 lies under a restricted-circulation prefix, which nobody owns."""
    if gtin.startswith(_GTIN_8_PADDING):
        return any(int(gtin[6:9]) in prefixes for prefixes in _RESTRICTED_GTIN_8)
    return is_restricted_prefix(gtin[1:4])


def is_restricted_prefix(prefix: str) -> bool:
    """Tell whether numbers under a GS1 prefix of three digits are given out anew everywhere."""
    return any(int(prefix) in prefixes for prefixes in _RESTRICTED)
