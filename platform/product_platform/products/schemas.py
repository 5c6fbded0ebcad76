"""What goes over the wire about products and their codes."""

import re
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints

from product_platform.kit.clock import Timestamp
from product_platform.kit.ids import ShortId
from product_platform.kit.metadata import Metadata
from rules_compiler.gs1 import check_value, normalize_gtin
from rules_compiler.model import SerialState


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


class CodeFormat(StrEnum):
    """The image formats of a code.

    PDF and EPS files carry the date of their making, so that the same request would not give the
    same bytes.
    """

    SVG = "svg"
    PNG = "png"


def _to_number(value: object) -> object:
    """Make a whole amount a JSON integer: `1`, not `1.0`."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


Name: TypeAlias = Annotated[str, StringConstraints(max_length=255)]
NetContent: TypeAlias = Annotated[str, StringConstraints(max_length=100)]
Country: TypeAlias = Annotated[str, StringConstraints(pattern=r"^([A-Za-z]{2})?$", to_upper=True)]
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

LotCode: TypeAlias = Annotated[str, AfterValidator(partial(_check_element, "10"))]
SerialNumber: TypeAlias = Annotated[str, AfterValidator(partial(_check_element, "21"))]
ExpiryDate: TypeAlias = Annotated[str, AfterValidator(partial(_check_element, "17"))]


class ProductOut(BaseModel):
    """A trade item as every caller sees it."""

    id: ShortId
    gtin: str = Field(pattern=r"^\d{14}$")
    product_name: str
    is_claimed: bool
    data_source: DataSource
    confidence_score: float
    field_confidence: dict[str, float]
    metadata: Metadata
    brand: str
    manufacturer: str
    description: str
    image_url: str
    country_of_origin: str
    net_content: str
    net_content_value: Number | None
    net_content_uom: NetContentUnit | Literal[""] | None
    owner_id: ShortId | None
    claim_verification_status: ClaimStatus | None
    length: Number | None
    length_uom: str
    width: Number | None
    width_uom: str
    height: Number | None
    height_uom: str
    depth: Number | None
    depth_uom: str
    gross_weight: Number | None
    gross_weight_uom: str
    net_weight: Number | None
    net_weight_uom: str
    gpc_brick_code: str
    gpc_class_code: str
    gpc_family_code: str
    gpc_segment_code: str


class ProductCreate(BaseModel):
    """A new trade item and the organization that claims it."""

    gtin: Gtin = Field(min_length=8, max_length=14)
    organization_id: ShortId | None = None
    product_name: Name = ""
    description: str = ""
    country_of_origin: Country = ""
    net_content: NetContent = ""
    metadata: Metadata = Field(default_factory=dict)


class ProductPatch(BaseModel):
    """What an owner changes; an absent field stays, null clears what may be null."""

    product_name: Name | None = None
    description: str | None = None
    country_of_origin: Country | None = None
    net_content: NetContent | None = None
    net_content_value: Amount | None = None
    net_content_uom: NetContentUnit | None = None
    brand_id: ShortId | None = None
    length: Amount | None = None
    length_uom: LengthUnit | None = None
    width: Amount | None = None
    width_uom: LengthUnit | None = None
    height: Amount | None = None
    height_uom: LengthUnit | None = None
    depth: Amount | None = None
    depth_uom: LengthUnit | None = None
    gross_weight: Amount | None = None
    gross_weight_uom: WeightUnit | None = None
    net_weight: Amount | None = None
    net_weight_uom: WeightUnit | None = None
    gpc_brick_code: GpcCode | None = None
    gpc_class_code: GpcCode | None = None
    gpc_family_code: GpcCode | None = None
    gpc_segment_code: GpcCode | None = None
    metadata: Metadata | None = None


class ProductRecord(ProductPatch):
    """One product of an import: what an owner may change, and what else a catalogue file says."""

    gtin: Gtin
    manufacturer: Name | None = None
    image_url: WebUrl | None = None


class LotRecord(BaseModel):
    """One lot of a product."""

    gtin: Gtin
    code: LotCode
    production_date: date | None = None
    expiry_date: date | None = None
    resolver_enabled: bool = True


class SerialRecord(BaseModel):
    """One serial number of a product, and what is known of it."""

    gtin: Gtin
    serial: SerialNumber
    lot: LotCode | None = None
    state: SerialState = SerialState.AUTHENTIC
    resolver_enabled: bool = True


class ClaimIn(BaseModel):
    """Which of the caller's organizations claims or releases; the only one when absent."""

    organization_id: ShortId | None = None


class ProductClaimOut(BaseModel):
    """The receipt of a claim."""

    gtin: str
    owner_id: ShortId
    claimed_at: Timestamp
    claim_verification_status: ClaimStatus
    message: str


class QrIn(BaseModel):
    """What a QR code shall say, and how large it shall be."""

    gtin: Gtin = Field(min_length=8, max_length=17)
    lot: LotCode | None = None
    serial: SerialNumber | None = None
    expiry: ExpiryDate | None = None
    format: CodeFormat = CodeFormat.SVG
    size: int = Field(default=400, ge=50, le=2000)
    xdim_mm: float | None = Field(default=None, ge=0.1, le=2)


class DigitalLinkParseIn(BaseModel):
    """A URL that may be a Digital Link."""

    url: str = Field(min_length=1, max_length=4096)


class DigitalLinkParseOut(BaseModel):
    """What a Digital Link says in its path; nothing of a URL that is none."""

    is_valid: bool
    url: str
    gtin: str | None = None
    lot: str | None = None
    expiry: str | None = Field(default=None, description="YYMMDD, as AI 17 has it.")
    serial: str | None = None
    raw_ais: dict[str, str] = Field(default_factory=dict)
