"""What goes over the wire about rules."""

from typing import Annotated, Any, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StrictBool, StrictInt

from product_platform.digital_link.schemas.bodies import BodyOf
from product_platform.kit.clock import Timestamp
from product_platform.kit.ids import ShortId
from product_platform.kit.listing import QueryBool
from product_platform.kit.metadata import Metadata
from rules_compiler.model import DeadPolicy, DestinationType, ScopeType

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

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"title": "Oat Drink", "enabled": True}]}
    )

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


EXAMPLE: Final[dict[str, JsonValue]] = {
    "scope_type": "ORGANIZATION",
    "destination_type": "CUSTOM_URL",
    "custom_url": "https://oats.example/find?gtin={gtin}",
    "link_type": "gs1:pip",
    "title": "Our drinks",
}
"""A rule that any organization can have."""


class RuleCreate(RulePatch):
    """A new rule."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

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
    enabled: QueryBool | None = None


class RuleList(BaseModel):
    """Rules in the order in which they are tried."""

    data: list[RuleOut]


# Read by the service, so that what is no rule, what breaks one and what clashes with the rest of
# it are told in one answer.
RuleCreateBody: TypeAlias = Annotated[dict[str, Any], BodyOf(RuleCreate)]
RulePatchBody: TypeAlias = Annotated[dict[str, Any], BodyOf(RulePatch)]
