"""What goes over the wire about rules, their targets and their history."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, TypeAlias

from fastapi import Body
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    RootModel,
    StrictBool,
    StrictInt,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue

from product_platform.kit.clock import Timestamp
from product_platform.kit.ids import ShortId
from product_platform.kit.metadata import Metadata
from rules_compiler.lint import Severity
from rules_compiler.model import DeadPolicy, DestinationType, ScopeType, SerialState

# Far from the ends of what Postgres holds in an `integer`, so that there is room to append.
OrderIndex: TypeAlias = Annotated[StrictInt, Field(ge=-(10**9), le=10**9)]
Texts: TypeAlias = list[Annotated[str, Field(max_length=255)]]
Text: TypeAlias = Annotated[str, Field(max_length=255)]


class RuleOut(BaseModel):
    """A resolution rule. Every key is always there, null when it constrains nothing."""

    model_config = ConfigDict(from_attributes=True)

    id: ShortId
    organization_id: ShortId
    scope_type: ScopeType
    scope_id: str | None
    product_id: ShortId | None
    order_index: int
    enabled: bool
    destination_type: DestinationType
    custom_url: str | None
    on_custom_url_dead: DeadPolicy
    link_type: str | None
    title: str | None
    languages: list[str] | None
    media_type: str | None
    contexts: list[str] | None
    absolute_start_at: Timestamp | None
    absolute_end_at: Timestamp | None
    annual_start_mmdd: str | None
    annual_end_mmdd: str | None
    days_of_week: list[int] | None
    time_of_day_start: str | None
    time_of_day_end: str | None
    timezone: str | None
    location_countries: list[str] | None
    location_regions: list[str] | None
    location_cities: list[str] | None
    weight: int | None
    metadata: Metadata
    created: Timestamp
    modified: Timestamp


class RulePatch(BaseModel):
    """Changes of a rule: absent keys stay, null clears. What values mean is checked on the result."""

    model_config = ConfigDict(extra="forbid")

    scope_type: ScopeType = ScopeType.ORGANIZATION
    scope_id: str | None = None
    product_id: str | None = Field(default=None, description="The id of a product, or its GTIN.")
    order_index: OrderIndex = Field(default=0, description="Appended to its scope when absent.")
    enabled: StrictBool = True
    destination_type: DestinationType = DestinationType.HOSTED_PAGE
    custom_url: str | None = None
    on_custom_url_dead: DeadPolicy = DeadPolicy.SKIP_RULE
    link_type: str | None = None
    title: Text | None = None
    languages: Texts | None = None
    media_type: str | None = None
    contexts: Texts | None = None
    absolute_start_at: Timestamp | None = None
    absolute_end_at: Timestamp | None = None
    annual_start_mmdd: str | None = None
    annual_end_mmdd: str | None = None
    days_of_week: list[StrictInt] | None = None
    time_of_day_start: str | None = None
    time_of_day_end: str | None = None
    timezone: str | None = None
    location_countries: Texts | None = None
    location_regions: Texts | None = None
    location_cities: Texts | None = None
    weight: StrictInt | None = Field(
        default=None, description="Its share, 1 to 1000, of a place with others of equal criteria."
    )
    metadata: Metadata | None = None


class RuleCreate(RulePatch):
    """A new rule."""

    scope_type: ScopeType
    destination_type: DestinationType


class RuleOrder(BaseModel):
    """The new place of one rule in its scope."""

    model_config = ConfigDict(extra="forbid")

    id: ShortId
    order_index: OrderIndex


class RuleReorder(BaseModel):
    """New places for some rules, taken all at once."""

    model_config = ConfigDict(extra="forbid")

    rules: Annotated[list[RuleOrder], Field(min_length=1, max_length=500)]


class RuleFilters(BaseModel):
    """Which rules a list shows."""

    scope_type: ScopeType | None = None
    enabled: bool | None = None


class RuleList(BaseModel):
    """Rules in the order in which they are tried."""

    data: list[RuleOut]


class CustomUrlStatus(StrEnum):
    """What is known of a target; only UNREACHABLE is dead."""

    UNKNOWN = "UNKNOWN"
    HEALTHY = "HEALTHY"
    DEGRADED = "DEGRADED"
    UNREACHABLE = "UNREACHABLE"


class CustomUrlOut(BaseModel):
    """A target that an organization's rules lead to, and its health."""

    model_config = ConfigDict(from_attributes=True)

    id: ShortId
    url: str
    status: CustomUrlStatus
    organization_id: ShortId
    created: Timestamp
    modified: Timestamp
    last_checked_at: Timestamp | None


class CustomUrlIn(BaseModel):
    """The one thing about a target that its owner writes."""

    model_config = ConfigDict(extra="forbid")

    url: str


class CustomUrlRecord(BaseModel):
    """A target in a file, and what is known of it; nothing new when `status` is absent."""

    url: str
    status: CustomUrlStatus | None = None


class HostIn(BaseModel):
    """The name that an organization wants to answer at."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=253)]


class TxtRecordOut(BaseModel):
    """The DNS record that proves a name."""

    model_config = ConfigDict(from_attributes=True)

    type: Literal["TXT"] = "TXT"
    name: str
    value: str


class HostOut(BaseModel):
    """A host of an organization; it answers there once `verified_at` is set."""

    model_config = ConfigDict(from_attributes=True)

    id: ShortId
    organization_id: ShortId
    name: str
    record: TxtRecordOut
    verified_at: Timestamp | None
    created: Timestamp
    modified: Timestamp


class RuleChangeOut(BaseModel):
    """A rule before (null when it is new) and after (null when it is gone)."""

    model_config = ConfigDict(from_attributes=True)

    rule_id: ShortId
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class RuleVersionOut(BaseModel):
    """One change of an organization's rule set; versions count from 1."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    at: Timestamp
    author: str
    author_id: ShortId | None
    note: str
    changes: list[RuleChangeOut]


# As far as the numbers go that the database can hold.
VersionNumber: TypeAlias = Annotated[int, Field(ge=0, le=2**62)]


class VersionPair(BaseModel):
    """Two versions of a rule set; 0 is the empty one before the first."""

    first: VersionNumber = Field(alias="from")
    last: VersionNumber = Field(alias="to")


class FieldChangeOut(BaseModel):
    """The value of one field before and after."""

    before: Any
    after: Any


class RuleDiffOut(BaseModel):
    """How one rule differs between two versions, field by field."""

    model_config = ConfigDict(from_attributes=True)

    rule_id: ShortId
    kind: Literal["created", "changed", "deleted"]
    fields: dict[str, FieldChangeOut]


class FindingOut(BaseModel):
    """What lint found in a rule, named first, and in another one behind it where there is one."""

    model_config = ConfigDict(from_attributes=True)

    severity: Severity
    code: str
    rule_ids: list[str]
    field: str
    message: str


class FindingList(BaseModel):
    """All that lint found, errors first."""

    data: list[FindingOut]


_FIRST_YEAR: Final = 1970
_END_YEAR: Final = 2500


def check_near(value: datetime) -> datetime:
    """Return *value* unless the clocks of some zone could not show it; raises ValueError."""
    if not _FIRST_YEAR <= value.year < _END_YEAR:
        raise ValueError(f"Ask about the years {_FIRST_YEAR} to {_END_YEAR - 1}.")
    return value


class ExplainRequest(BaseModel):
    """A request to explain, at the present unless `at` says another instant."""

    model_config = ConfigDict(extra="forbid")

    uri: Annotated[str, Field(max_length=8192)]
    at: Annotated[Timestamp, AfterValidator(check_near)] | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    country: Annotated[str, Field(pattern="^[A-Za-z]{2}$")] | None = None


ExplainBatch: TypeAlias = Annotated[list[ExplainRequest], Field(min_length=1, max_length=100)]


class BodyOf:
    """Documents an unread body as what it has to be."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model

    def __get_pydantic_json_schema__(self, _schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(self._model.__pydantic_core_schema__)


# Read by the service, so that what is no rule, what breaks one and what clashes with the rest of
# it are told in one answer.
RuleCreateBody: TypeAlias = Annotated[dict[str, Any], BodyOf(RuleCreate)]
RulePatchBody: TypeAlias = Annotated[dict[str, Any], BodyOf(RulePatch)]
ExplainBody: TypeAlias = Annotated[Any, Body(), BodyOf(RootModel[ExplainRequest | ExplainBatch])]


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
