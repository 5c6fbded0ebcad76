"""What goes over the wire about brands."""

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from product_platform.kit.clock import Timestamp
from product_platform.kit.ids import ShortId
from product_platform.kit.listing import OrderedBy
from product_platform.kit.metadata import Metadata

BrandName: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
Kilometres: TypeAlias = Annotated[float, AfterValidator(lambda km: round(km, 2))]
Website: TypeAlias = Annotated[str, StringConstraints(pattern=r"^(https?://[^\s/?#]\S*)?$")]


class BrandOut(BaseModel):
    """A brand in a list."""

    id: ShortId
    name: str
    has_social_links: bool
    created: Timestamp
    website: str
    description: str
    logo_url: str | None


class BrandDetailOut(BrandOut):
    """A brand on its own."""

    instagram: str
    facebook: str
    twitter: str
    linkedin: str
    youtube: str
    tiktok: str
    pinterest: str
    threads: str
    metadata: Metadata


class BrandSummaryOut(BaseModel):
    """A brand as shoppers see it."""

    id: ShortId
    name: str
    website: str
    logo_url: str | None


class StoreOut(BaseModel):
    """A shop that carries a brand; the distance is rounded to ten metres."""

    model_config = ConfigDict(from_attributes=True)

    id: ShortId
    name: str
    address: str
    lat: float
    lon: float
    distance_km: Kilometres
    product_count: int
    retailer_name: str
    phone: str
    website: str


class BrandLocatorOut(BaseModel):
    """Where a brand is sold, the nearest shop first."""

    brand: BrandSummaryOut
    stores: list[StoreOut]


class ProductNameOut(BaseModel):
    """A product by name."""

    id: ShortId
    name: str


class BrandCatalogOut(BaseModel):
    """What there is of a brand, by name."""

    brand: BrandSummaryOut
    products: list[ProductNameOut]


class BrandCreate(BaseModel):
    """A brand and the organization that claims it."""

    organization_id: ShortId
    name: BrandName
    website: Website = ""
    description: str = ""
    metadata: Metadata = Field(default_factory=dict)


class BrandPatch(BaseModel):
    """What an owner changes; absent and null leave a text as it is, the empty text clears it."""

    name: BrandName | None = None
    website: Website | None = None
    description: str | None = None
    instagram: str | None = None
    facebook: str | None = None
    twitter: str | None = None
    linkedin: str | None = None
    youtube: str | None = None
    tiktok: str | None = None
    pinterest: str | None = None
    threads: str | None = None
    metadata: Metadata | None = None


class BrandRecord(BrandPatch):
    """One brand of an import; its name says which."""

    name: BrandName


class BrandFilters(BaseModel):
    """Which brands a list shows, and in which order."""

    name: str | None = Field(default=None, description="Part of the name, in small letters or capitals.")
    organization_id: ShortId | None = None
    ordering: Annotated[str, OrderedBy("name", "created")] = "name"


class LocatorQuery(BaseModel):
    """Where a shopper looks, in degrees on WGS 84; `radius` in kilometres."""

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)
    # Nothing on earth is farther away than the greatest of them.
    radius: float = Field(default=50, gt=0, le=20_100, allow_inf_nan=False)
    limit: int = Field(default=20, ge=1, le=100)
    product_id: ShortId | None = None
