"""A product as its owner writes it and as everybody reads it; its lots and serials as files bring them."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from product_platform.kit.ids import ShortId
from product_platform.kit.metadata import Metadata
from product_platform.products.schemas.fields import (
    Amount,
    ClaimStatus,
    Country,
    CountryCode,
    DataSource,
    GpcCode,
    Gtin,
    Language,
    LengthUnit,
    LotCode,
    Name,
    NetContent,
    NetContentUnit,
    Number,
    SerialNumber,
    WebUrl,
    WeightUnit,
)
from rules_compiler.model import SerialState


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
    ingredients: str | None = Field(default=None, description="The text of the label; it is parsed.")
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
    countries_sold: list[CountryCode] | None = Field(default=None, max_length=300)
    primary_language: Language | None = None
    usage_instructions: str | None = None
    brand_product_page_url: WebUrl | None = None
    ingredients: str | None = Field(
        default=None, description="The text of the label, which takes the place of all ingredients."
    )
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
