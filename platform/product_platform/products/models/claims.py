"""The tiers of a claim, and what moves it from one to another."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from product_platform.products.schemas.claims import Relationship
from product_platform.products.schemas.fields import ClaimStatus

REPORTS_DISPUTE: Final = 3
"""As many reports from different addresses open a case."""

REPORTS_WINDOW: Final = timedelta(days=30)
"""The time within which they have to come."""

REPORTS_ALLOWED: Final = 3
"""As many reports may one address send in `THROTTLE_WINDOW`."""

THROTTLE_WINDOW: Final = timedelta(hours=1)

# Whose word opens a case alone, when it comes with proof.
_WEIGHTY: Final = frozenset({Relationship.LEGAL, Relationship.BRAND_REP})


class ClaimEvent(StrEnum):
    """What happens to a claim after it was made."""

    PREFIX_FOUND = "prefix_found"  # the GTIN lies under a company prefix of the claimant
    CONFIRMED = "confirmed"  # a registry or an operator says that the claimant is right
    CONTESTED = "contested"  # reports weigh enough, or an operator opens a case
    UPHELD = "upheld"  # the case ends for the claimant
    REJECTED = "rejected"  # the case, or a look at the claim, ends against the claimant


_UNVERIFIED, _MATCHED, _VERIFIED = ClaimStatus.UNVERIFIED, ClaimStatus.PREFIX_MATCHED, ClaimStatus.VERIFIED
_DISPUTED = ClaimStatus.DISPUTED
TRANSITIONS: Final[Mapping[ClaimEvent, Mapping[ClaimStatus, ClaimStatus]]] = {
    ClaimEvent.PREFIX_FOUND: {_UNVERIFIED: _MATCHED},
    ClaimEvent.CONFIRMED: dict.fromkeys((_UNVERIFIED, _MATCHED), _VERIFIED),
    ClaimEvent.CONTESTED: dict.fromkeys((_UNVERIFIED, _MATCHED, _VERIFIED), _DISPUTED),
    ClaimEvent.UPHELD: {_DISPUTED: _VERIFIED},
    ClaimEvent.REJECTED: dict.fromkeys((_UNVERIFIED, _MATCHED, _DISPUTED), ClaimStatus.REJECTED),
}
"""For each event the tiers that it moves, and where to; from any other tier it moves nothing."""


def opens_case(relationship: Relationship, *, has_proof: bool, reporters: int) -> bool:
    """Tell whether a report, one of those of *reporters* addresses of late, makes the claim disputed."""
    return reporters >= REPORTS_DISPUTE or (has_proof and relationship in _WEIGHTY)
