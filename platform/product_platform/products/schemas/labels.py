"""What is asked of an export of labels, and where it stands."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from product_platform.kit.clock import Timestamp
from product_platform.kit.ids import ShortId
from product_platform.products.schemas.codes import CodeFormat
from product_platform.products.schemas.fields import Gtin


class LabelScope(StrEnum):
    """What there is a label for each of."""

    PRODUCTS = "products"
    LOTS = "lots"
    SERIALS = "serials"


class ExportType(StrEnum):
    """What a label shows, or that labels are laid out on sheets."""

    QR_CODES = "qr_codes"
    DATAMATRIX = "datamatrix"
    BARCODES_1D = "barcodes_1d"
    CODES_COMBINED = "codes_combined"
    SHEET_PDF = "sheet_pdf"


EXPORT_FORMATS: Final[Mapping[ExportType, tuple[CodeFormat, ...]]] = {
    ExportType.QR_CODES: (CodeFormat.SVG, CodeFormat.PNG),
    ExportType.DATAMATRIX: (CodeFormat.SVG, CodeFormat.PNG),
    ExportType.BARCODES_1D: (CodeFormat.SVG, CodeFormat.EPS),
    ExportType.CODES_COMBINED: (CodeFormat.SVG,),
    ExportType.SHEET_PDF: (CodeFormat.PDF,),
}
"""The file formats of each type."""


class LabelFilters(BaseModel):
    """Which lots or serials get a label; without any of these all that are active."""

    # A filter that is not known would be dropped, and the export be wider than was meant.
    model_config = ConfigDict(extra="forbid")

    gtins: list[Gtin] | None = Field(default=None, max_length=10_000)
    product_id: ShortId | None = None
    lot_ids: list[ShortId] | None = Field(default=None, max_length=10_000)
    serial_ids: list[ShortId] | None = Field(default=None, max_length=10_000)
    lot_run_id: ShortId | None = None
    never_printed: bool = False


class AssetConfig(BaseModel):
    """How labels are laid out."""

    sheet_template: Literal["63up_1in_letter"] = "63up_1in_letter"


class LabelExportIn(BaseModel):
    """Which labels are wanted, and as what."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"scope": "lots", "export_type": "qr_codes", "file_format": "svg"}]}
    )

    scope: LabelScope
    export_type: ExportType
    file_format: Literal[CodeFormat.SVG, CodeFormat.PNG, CodeFormat.PDF, CodeFormat.EPS]
    filters: LabelFilters = Field(default_factory=LabelFilters)
    asset_config: AssetConfig = Field(default_factory=AssetConfig)
    organization_id: ShortId | None = None


class LabelExportStatus(StrEnum):
    """Where an export stands; the last two are final."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class LabelExportOut(BaseModel):
    """The receipt of an export."""

    job_id: ShortId
    status: Literal[LabelExportStatus.PENDING] = LabelExportStatus.PENDING
    poll_url: str


class LabelExportStatusOut(BaseModel):
    """How far an export has come, and where it can be fetched."""

    job_id: ShortId
    status: LabelExportStatus
    total_items: int = Field(ge=0, description="0 until they are counted.")
    processed_items: int = Field(ge=0)
    progress_percent: int = Field(ge=0, le=100)
    download_url: str | None = None
    expires_at: Timestamp | None = None
    output_filename: str | None = None
    file_size_bytes: int | None = None
    error: str | None = None
