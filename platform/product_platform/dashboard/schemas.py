"""What goes over the wire about analytics."""

from datetime import date

from pydantic import BaseModel, Field

from product_platform.kit.ids import ShortId


class ScanFilters(BaseModel):
    """Whose scans, of when, and how many products to name."""

    organization_id: ShortId | None = Field(
        default=None, description="Not needed by a caller of one organization."
    )
    brand_id: ShortId | None = Field(default=None, description="All brands when absent.")
    since: date | None = Field(default=None, description="30 days ago when absent.")
    until: date | None = Field(default=None, description="Today when absent.")
    top: int = Field(default=20, ge=1, le=100)


class Window(BaseModel):
    """The days that are counted, both included, in UTC."""

    since: date
    until: date


class ProductScans(BaseModel):
    """How often one product was scanned, where, and with what."""

    gtin: str
    product_name: str
    brand: str
    scans: int
    billable_scans: int
    by_country: dict[str, int]
    by_device: dict[str, int]


class DayScans(BaseModel):
    """How often anything was scanned on one day."""

    date: date
    scans: int


class ScanReport(BaseModel):
    """An organization's scans. An unknown country is `ZZ`; bots are not billable."""

    organization_id: ShortId
    window: Window
    total_scans: int
    billable_scans: int
    bot_scans: int
    top_products: list[ProductScans]
    by_country: dict[str, int]
    by_day: list[DayScans]
