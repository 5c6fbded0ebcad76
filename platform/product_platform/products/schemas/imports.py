"""What comes out of the import of a catalogue file."""

from enum import StrEnum

from pydantic import BaseModel, Field

from product_platform.kit.ids import ShortId
from product_platform.products.schemas.fields import Country, Gtin, Name, NetContent, WebUrl


class CsvRow(BaseModel):
    """The fields of one row; an absent one is left as it is."""

    gtin: Gtin
    product_name: Name | None = None
    brand: Name | None = None
    manufacturer: Name | None = None
    description: str | None = None
    image_url: WebUrl | None = None
    country_of_origin: Country | None = None
    net_content: NetContent | None = None


class RowErrorOut(BaseModel):
    """Why a row was not stored."""

    line: int = Field(ge=2, description="The header is line 1.")
    message: str
    column: str | None = None


class ImportResultOut(BaseModel):
    """What became of every row: `created + updated + skipped + error_count == total_rows`."""

    total_rows: int = Field(ge=0)
    created: int = Field(ge=0)
    updated: int = Field(ge=0)
    skipped: int = Field(ge=0, description="Duplicates of an earlier row, and rows that say nothing new.")
    error_count: int = Field(ge=0)
    errors: list[RowErrorOut]


class ImportState(StrEnum):
    """Where an import stands."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class ImportStatusOut(BaseModel):
    """How far an import has come, and what came out."""

    job_id: ShortId
    status: ImportState
    poll_url: str
    total_rows: int
    processed_rows: int
    progress_percent: int = Field(ge=0, le=100)
    result: ImportResultOut | None = None
    error: str | None = None
