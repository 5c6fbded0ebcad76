"""How far what is said of a product can be trusted: whose word it is, and how many say the same."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import prod
from typing import Any, Final

from product_platform.products.schemas.fields import ClaimStatus, DataSource

PROMOTION: Final = 0.7
"""The confidence from which on a contributed value takes its place in the record."""

AUTHORITY: Final[Mapping[DataSource, float]] = {
    DataSource.CLAIMED: 1.0,
    DataSource.GTIN1_AUTHORITATIVE: 0.95,
    DataSource.USDA_FDC: 0.9,
    DataSource.FDA_NDC: 0.9,
    DataSource.BRAND_SITE_CRAWL: 0.8,
    DataSource.OPEN_FOOD_FACTS: 0.7,
    DataSource.IMPORTED: 0.7,
    DataSource.EXTERNAL_API: 0.7,
    DataSource.AFFILIATE_FEED: 0.6,
    DataSource.DATAKICK: 0.6,
    DataSource.AI_EXTRACTED: 0.5,
    DataSource.COMMON_CRAWL_WDC: 0.45,
    DataSource.CROWD_SOURCED: 0.4,
}
"""How much one word of each source weighs. The word of an owner is final; the crowd needs to agree."""

# The fields that a reader may doubt. Units and parsed amounts follow from these.
_DOUBTED: Final = (
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


@dataclass(frozen=True, slots=True)
class Voice:
    """What one contributor says of one field."""

    value: Any
    source: DataSource


@dataclass(frozen=True, slots=True)
class Verdict:
    """A value, how far all voices together make it credible, and the weightiest source that says it."""

    value: Any
    confidence: float
    source: DataSource


def judge(voices: Iterable[Voice]) -> list[Verdict]:
    """Return what is said of one field, the most credible first.

    Each further voice that agrees takes away from the doubt, each that does not adds to it.
    """
    heard: dict[Any, list[DataSource]] = {}
    for voice in voices:
        heard.setdefault(voice.value, []).append(voice.source)
    total = sum(AUTHORITY[source] for sources in heard.values() for source in sources)
    verdicts = []
    for value, sources in heard.items():
        weights = [AUTHORITY[source] for source in sources]
        confidence = (1 - prod(1 - weight for weight in weights)) * sum(weights) / total
        verdicts.append(Verdict(value, confidence, max(sources, key=AUTHORITY.__getitem__)))
    return sorted(verdicts, key=lambda verdict: verdict.confidence, reverse=True)


def score(field_confidence: Mapping[str, float]) -> float:
    """Return the confidence in a whole record: the mean of its fields', 0 when nothing is known."""
    if not field_confidence:
        return 0.0
    return round(sum(field_confidence.values()) / len(field_confidence), 4)


def assess(values: Mapping[str, Any], source: DataSource) -> dict[str, Any]:
    """Return the columns that say how far *values* can be trusted when *source* vouches for them."""
    known = [
        "brand" if name == "brand_id" else name for name in _DOUBTED if values.get(name) not in (None, "")
    ]
    return {
        "data_source": source,
        "field_confidence": dict.fromkeys(known, AUTHORITY[source]),
        "field_sources": dict.fromkeys(known, source.value),
        "confidence_score": AUTHORITY[source] if known else 0.0,
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
