"""What is asked of a code that is printed, and what one that was read says."""

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from product_platform.kit.clock import Timestamp
from product_platform.products.schemas.fields import ExpiryDate, LotCode, SerialNumber, WrittenGtin

MAX_QR_ITEMS = 5_000


class CodeFormat(StrEnum):
    """The image formats of codes."""

    SVG = "svg"
    PNG = "png"
    PDF = "pdf"
    EPS = "eps"
    TIF = "tif"


class BarcodeType(StrEnum):
    """The linear barcodes; `auto` goes by the length of the GTIN."""

    AUTO = "auto"
    EAN13 = "ean13"
    EAN8 = "ean8"
    JAN = "jan"
    UPCA = "upca"
    UPCE = "upce"
    ITF14 = "itf14"
    EAN14 = "ean14"
    CODE128 = "code128"
    GS1_128 = "gs1_128"
    CODE39 = "code39"


MatrixFormat: TypeAlias = Literal[CodeFormat.SVG, CodeFormat.PNG]


class QrContent(BaseModel):
    """What a QR code says beside the GTIN."""

    lot: LotCode | None = None
    serial: SerialNumber | None = None
    expiry: ExpiryDate | None = None


class QrIn(BaseModel):
    """What a QR code shall say, and how large it shall be."""

    gtin: WrittenGtin
    lot: LotCode | None = None
    serial: SerialNumber | None = None
    expiry: ExpiryDate | None = None
    format: CodeFormat = CodeFormat.SVG
    size: int = Field(default=400, ge=50, le=2000, description="In pixels; of PDF and EPS in points.")
    cmyk: bool = Field(default=False, description="Black ink alone; for EPS.")
    xdim_mm: float | None = Field(default=None, ge=0.1, le=2, description="Width of a module; it goes first.")


class QrBulkIn(BaseModel):
    """QR codes of one product, for many lots or serials."""

    gtin: WrittenGtin
    items: list[QrContent] = Field(min_length=1, max_length=MAX_QR_ITEMS)
    format: MatrixFormat = CodeFormat.PNG
    size: int = Field(default=400, ge=50, le=2000, description="In pixels; SVG has none.")


class QrBulkStatus(StrEnum):
    """Where a bundle of QR codes stands."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class QrBulkOut(BaseModel):
    """The receipt of a bundle of QR codes."""

    task_id: UUID
    status: Literal[QrBulkStatus.PENDING] = QrBulkStatus.PENDING
    items: int = Field(ge=1, le=MAX_QR_ITEMS)
    poll_url: str


class QrBulkStatusOut(BaseModel):
    """Where a bundle stands, and where it can be fetched."""

    task_id: UUID
    status: QrBulkStatus
    download_url: str | None = None
    expires_at: Timestamp | None = None
    items: int | None = None
    error: str | None = None


class BarcodeIn(BaseModel):
    """What a linear barcode shall say, and how it shall be printed; sizes in millimetres."""

    gtin: Annotated[str, StringConstraints(min_length=8, max_length=200)] = Field(
        description="A GTIN; of gs1_128 also an element string with its identifiers in brackets."
    )
    barcode_type: BarcodeType = BarcodeType.AUTO
    format: Literal[CodeFormat.SVG, CodeFormat.PNG, CodeFormat.EPS, CodeFormat.PDF] = CodeFormat.SVG
    module_width: float = Field(default=0.33, ge=0.1, le=2)
    module_height: float = Field(default=25, ge=1, le=100)
    font_size: float = Field(default=10, ge=4, le=24, description="In points.")
    quiet_zone: float = Field(default=6.5, ge=0, le=20)
    write_text: bool = True
    embed_font: bool = True


class DataMatrixIn(BaseModel):
    """What a GS1 DataMatrix shall say."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"gtin": "09521234500018", "lot": "L42", "expiry": "271231"}]}
    )

    gtin: WrittenGtin
    lot: LotCode | None = None
    serial: SerialNumber | None = None
    expiry: ExpiryDate | None = None
    format: Literal[CodeFormat.SVG, CodeFormat.PNG, CodeFormat.PDF] = CodeFormat.SVG


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
