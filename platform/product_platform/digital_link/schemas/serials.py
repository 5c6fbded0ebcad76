"""What goes over the wire about serial numbers: what owners say of them, and what is known."""

from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from product_platform.kit.clock import Timestamp
from rules_compiler.model import SerialState


class _CamelCase(BaseModel):
    """A part of the answer to a verification, whose names are unlike those of the rest of the API."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class ScanHistoryOut(_CamelCase):
    """How often a serial was scanned, and since when."""

    total_scans: int
    consumer_scans: int
    retailer_scans: int
    distinct_retail_locations: int
    first_seen: Timestamp | None


class PriorEventOut(_CamelCase):
    """An earlier scan by a retailer; the place is `latitude,longitude`."""

    location: str | None
    retailer: str
    scanned_at: Timestamp


class AnomalyOut(_CamelCase):
    """What is strange about the scans of a serial."""

    type: str
    description: str
    prior_event: PriorEventOut | None


class VerificationOut(_CamelCase):
    """What is known of a serial number; `scanHistory` is null when nobody ever scanned it."""

    verification_status: SerialState
    gtin: str
    serial_number: str
    verified_at: Timestamp
    recommendation: Literal["proceed", "flag_for_review"]
    scan_history: ScanHistoryOut | None
    anomalies: list[AnomalyOut]


class SerialStateIn(BaseModel):
    """What an owner says of a serial number."""

    model_config = ConfigDict(extra="forbid")

    state: SerialState


class SerialStateOut(BaseModel):
    """The word of the owner as it is stored."""

    gtin: str
    serial: str
    state: SerialState


class LineErrorOut(BaseModel):
    """Why a line of a file was left out."""

    line: int
    field: str
    message: str
    code: str | None


class SerialUploadOut(BaseModel):
    """What became of a file: its lines, how many changed a state, and those that were left out."""

    status: Literal["completed"] = "completed"
    lines: int
    changed: int
    errors: list[LineErrorOut]
