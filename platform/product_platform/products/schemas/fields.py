"""The fields that products, their lots and serials are described with."""

import re
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from rules_compiler.gs1 import check_value, normalize_gtin


class DataSource(StrEnum):
    """Where the canonical record of a product comes from."""

    CROWD_SOURCED = "crowd_sourced"
    CLAIMED = "claimed"
    IMPORTED = "imported"
    AI_EXTRACTED = "ai_extracted"
    BRAND_SITE_CRAWL = "brand_site_crawl"
    GTIN1_AUTHORITATIVE = "gtin1_authoritative"
    EXTERNAL_API = "external_api"
    OPEN_FOOD_FACTS = "open_food_facts"
    USDA_FDC = "usda_fdc"
    FDA_NDC = "fda_ndc"
    AFFILIATE_FEED = "affiliate_feed"
    DATAKICK = "datakick"
    COMMON_CRAWL_WDC = "common_crawl_wdc"


class ClaimStatus(StrEnum):
    """How well the claim of a product is supported; a product never claimed has none."""

    UNVERIFIED = "unverified"
    PREFIX_MATCHED = "prefix_matched"
    VERIFIED = "verified"
    DISPUTED = "disputed"
    REJECTED = "rejected"


class NetContentUnit(StrEnum):
    """Units of the net content, as UN/CEFACT Recommendation 20 codes them."""

    MLT = "MLT"
    CLT = "CLT"
    LTR = "LTR"
    GRM = "GRM"
    KGM = "KGM"
    ONZ = "ONZ"
    LBR = "LBR"
    PTI = "PTI"
    QTI = "QTI"
    GLL = "GLL"
    EA = "EA"


def _to_number(value: object) -> object:
    """Make a whole amount a JSON integer: `1`, not `1.0`."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


Name: TypeAlias = Annotated[str, StringConstraints(max_length=255)]
NetContent: TypeAlias = Annotated[str, StringConstraints(max_length=100)]
Country: TypeAlias = Annotated[str, StringConstraints(pattern=r"^([A-Za-z]{2})?$", to_upper=True)]
CountryCode: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2}$", to_upper=True)]
Language: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$", max_length=10)
]
Email: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[^\s@<>]{1,64}@[^\s@<>.]+(\.[^\s@<>.]+)+$", max_length=254)
]
WebUrl: TypeAlias = Annotated[str, StringConstraints(pattern=r"^(https?://[^\s/?#]\S*)?$", max_length=2048)]
Number: TypeAlias = Annotated[int | float, BeforeValidator(_to_number)]
Amount: TypeAlias = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=6)]
LengthUnit: TypeAlias = Literal["", "MMT", "CMT", "DMT", "MTR", "INH", "FOT", "YRD"]
WeightUnit: TypeAlias = Literal["", "MGM", "GRM", "KGM", "TNE", "ONZ", "LBR"]
GpcCode: TypeAlias = Annotated[str, StringConstraints(pattern=r"^(\d{8})?$")]


def _to_gtin(text: str) -> str:
    return normalize_gtin(_SEPARATORS.sub("", text))


def _check_element(ai: str, value: str) -> str:
    check_value(ai, value)
    return value


_SEPARATORS = re.compile(r"[\s-]")
Gtin: TypeAlias = Annotated[str, AfterValidator(_to_gtin)]
"""A GTIN of any length, with or without spaces and hyphens; it is read as its 14 digits."""

WrittenGtin: TypeAlias = Annotated[
    str,
    StringConstraints(max_length=17),
    AfterValidator(_to_gtin),
    WithJsonSchema({"type": "string", "pattern": r"^[\d\s\-]{8,17}$"}),
]
"""A GTIN as people write it, with as many spaces and hyphens as there is room for in 17 characters."""

LotCode: TypeAlias = Annotated[str, AfterValidator(partial(_check_element, "10"))]
SerialNumber: TypeAlias = Annotated[str, AfterValidator(partial(_check_element, "21"))]
ExpiryDate: TypeAlias = Annotated[str, AfterValidator(partial(_check_element, "17"))]

GtinDigits: TypeAlias = str
"""A GTIN of 14 digits."""
