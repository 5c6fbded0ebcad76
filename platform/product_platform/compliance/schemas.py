"""What goes over the wire about recalls, and the line of a file that tells of one."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from product_platform.kit.clock import Timestamp
from product_platform.kit.ids import ShortId
from product_platform.kit.listing import OrderedBy
from rules_compiler.gs1.gtin import GTIN_LENGTH, normalize_gtin


class RecallStatus(StrEnum):
    """Whether a recall goes on."""

    ONGOING = "ONGOING"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"
    UNKNOWN = "UNKNOWN"


class RecallSeverity(StrEnum):
    """How dangerous what is recalled is; CLASS_I is the most dangerous."""

    CLASS_I = "CLASS_I"
    CLASS_II = "CLASS_II"
    CLASS_III = "CLASS_III"
    UNKNOWN = "UNKNOWN"


class RecallSource(StrEnum):
    """The authority that published a recall."""

    FDA = "FDA"
    FSIS = "FSIS"
    CPSC = "CPSC"
    HEALTH_CANADA = "HEALTH_CANADA"


def _to_gtin(digits: str) -> str:
    return normalize_gtin(digits.zfill(GTIN_LENGTH))


def _check_storable(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("unstorable_text", "The text has a character that cannot be stored.")
    return text


def _sort(gtins: Iterable[str]) -> list[str]:
    return sorted(set(gtins))


RecalledGtin: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{8,14}$"), AfterValidator(_to_gtin)
]
"""The number in a path: digits alone, which zeros on the left make a GTIN of 14."""

_STORABLE = AfterValidator(_check_storable)
Text: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True), _STORABLE]
Name: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000), _STORABLE
]
Address: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^(https?://[^\s/?#]\S*)?$", max_length=2048), _STORABLE
]
Jurisdiction: TypeAlias = Annotated[
    str, StringConstraints(to_upper=True, pattern=r"^[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?$")
]


class RecallOut(BaseModel):
    """A recall that concerns a product."""

    id: ShortId
    title: str
    status: RecallStatus
    source_system: RecallSource
    severity: RecallSeverity
    created: Timestamp
    description: str
    hazard: str
    remedy: str
    public_url: str
    company_name: str
    recall_date: date | None
    jurisdictions: list[str]


class RecallFilters(BaseModel):
    """Which recalls of a product a list shows, and in which order."""

    status: RecallStatus | None = None
    severity: RecallSeverity | None = None
    source_system: RecallSource | None = None
    ordering: Annotated[str, OrderedBy("recall_date", "severity")] = "-recall_date"


class OpenRecallFilters(RecallFilters):
    """The same where the contract answers an unknown order with 400: the service looks at it."""

    ordering: Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^-?(recall_date|severity)$"})] = (
        "-recall_date"
    )


class RecallRecord(BaseModel):
    """One line of a file: all that an authority says of one recall. What is left out is empty."""

    source_system: RecallSource
    source_reference: Name
    title: Name
    status: RecallStatus = RecallStatus.UNKNOWN
    severity: RecallSeverity = RecallSeverity.UNKNOWN
    description: Text = ""
    hazard: Text = ""
    remedy: Text = ""
    public_url: Address = ""
    company_name: Text = ""
    recall_date: date | None = None
    jurisdictions: list[Jurisdiction] = []
    gtins: Annotated[list[Annotated[str, AfterValidator(normalize_gtin)]], AfterValidator(_sort)] = []
