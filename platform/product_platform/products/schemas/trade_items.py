"""The whole catalogue as anybody with a key may search it."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from product_platform.kit.clock import Timestamp
from product_platform.kit.ids import ShortId
from product_platform.products.schemas.fields import Country, DataSource, NetContentUnit, Number

Search = Annotated[str, StringConstraints(max_length=200)]


class TradeItemOut(BaseModel):
    """A trade item in a list."""

    id: ShortId
    gtin: str = Field(pattern=r"^\d{14}$")
    product_name: str
    brand: str
    manufacturer: str
    description: str
    image_url: str
    country_of_origin: str
    net_content: str
    is_claimed: bool
    data_source: DataSource
    confidence_score: float
    primary_language: str
    created: Timestamp
    net_content_value: Number | None = None
    net_content_uom: NetContentUnit | Literal[""] | None = None
    owner_id: ShortId | None = None
    countries_sold: list[str] = Field(default_factory=list)


class TradeItemDetailOut(TradeItemOut):
    """A trade item on its own."""

    field_confidence: dict[str, float]
    usage_instructions: str
    brand_product_page_url: str
    ai_summary: str
    modified: Timestamp
    length: Number | None = None
    length_uom: str = ""
    width: Number | None = None
    width_uom: str = ""
    height: Number | None = None
    height_uom: str = ""
    depth: Number | None = None
    depth_uom: str = ""
    gross_weight: Number | None = None
    gross_weight_uom: str = ""
    net_weight: Number | None = None
    net_weight_uom: str = ""
    gpc_brick_code: str = ""
    gpc_class_code: str = ""
    gpc_family_code: str = ""
    gpc_segment_code: str = ""


class ProductBrowseOut(BaseModel):
    """A trade item in few words."""

    id: ShortId
    gtin: str = Field(pattern=r"^\d{14}$")
    is_claimed: bool
    created: Timestamp
    product_name: str = ""
    brand: str = ""
    description: str = ""
    owner_id: ShortId | None = None


class BrowseFilters(BaseModel):
    """Which products a list shows: `q` is a part of the name or the brand, `brand` its whole name."""

    q: Search = ""
    brand: Search = ""
    is_claimed: bool | None = None


class TradeItemFilters(BrowseFilters):
    """Which trade items a list shows, and in which order."""

    category_id: ShortId | None = None
    country_of_origin: Country = ""
    data_source: DataSource | None = None
    ordering: str = "-created"
