"""What customers wrote: the rules and the catalogue, before anything is compiled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

EpochSeconds: TypeAlias = float
"""Seconds since 1970-01-01T00:00:00Z."""

SliceKey: TypeAlias = str
"""What a slice governs: `01/{gtin14}`, `01/{gtin14}/10/{lot}`, `brand/{id}`, `org/{id}`, `host/{name}` …

The values of a key are decoded; each is percent-encoded again as in the canonical path, so a
lot `A/B` is governed by `01/09520000100018/10/A%2FB`.
"""

WILDCARD = "*"
"""Ends a key that governs every value of its last identifier. A value `*` is written `%2A`."""

DEFAULT_LINK_TYPE = "gs1:pip"


class ScopeType(StrEnum):
    """How much one rule governs. Members stand in order of evaluation, narrowest first.

    An IDENTIFIER is evaluated where its path stands among the others; in lists it comes before
    the PRODUCT, as most of them are narrower.
    """

    SERIAL = "SERIAL"
    BATCH = "BATCH"
    VARIANT = "VARIANT"
    IDENTIFIER = "IDENTIFIER"
    PRODUCT = "PRODUCT"
    BRAND = "BRAND"
    ORGANIZATION = "ORGANIZATION"


class DestinationType(StrEnum):
    """Where a rule sends the caller."""

    HOSTED_PAGE = "HOSTED_PAGE"
    CUSTOM_URL = "CUSTOM_URL"


class DeadPolicy(StrEnum):
    """What a rule does while its custom URL is known to be unreachable."""

    SKIP_RULE = "SKIP_RULE"
    FALLBACK_TO_HOSTED = "FALLBACK_TO_HOSTED"


class SerialState(StrEnum):
    """What is known of one serial number; everything but AUTHENTIC is a warning."""

    AUTHENTIC = "authentic"
    SUSPECT = "suspect"
    COUNTERFEIT_SUSPECTED = "counterfeit_suspected"
    SERIALIZATION_ERROR = "serialization_error"


class Rule(NamedTuple):
    """One resolution rule as its owner wrote it.

    Conditions (time, place, link type, health) must all hold or the rule is no candidate;
    preferences (`languages`, `media_type`, `contexts`) only rank candidates. An empty tuple or
    None constrains nothing. Times of day are `HH:MM:SS`, annual days `MM-DD`; both are read in
    `timezone` (UTC when None). `days_of_week` counts from 0 = Monday. Rules with a `weight` that
    have one `order_index` are arms of one group: they have equal criteria, and share its callers.
    """

    id: str
    organization_id: str
    scope_type: ScopeType
    slice_key: SliceKey
    order_index: int = 0
    enabled: bool = True
    destination_type: DestinationType = DestinationType.CUSTOM_URL
    custom_url: str | None = None
    on_custom_url_dead: DeadPolicy = DeadPolicy.SKIP_RULE
    is_dead: bool = False
    link_type: str | None = None
    title: str | None = None
    languages: tuple[str, ...] = ()
    media_type: str | None = None
    contexts: tuple[str, ...] = ()
    absolute_start_at: datetime | None = None
    absolute_end_at: datetime | None = None
    annual_start_mmdd: str | None = None
    annual_end_mmdd: str | None = None
    days_of_week: tuple[int, ...] = ()
    time_of_day_start: str | None = None
    time_of_day_end: str | None = None
    timezone: str | None = None
    location_countries: tuple[str, ...] = ()
    location_regions: tuple[str, ...] = ()
    location_cities: tuple[str, ...] = ()
    weight: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What the catalogue says of one primary key.

    `owner_id` is the organization that claims the item; a brand that belongs to an organization
    overrules it. `refused_ids` are organizations whose claim may not redirect (disputed, or
    below the tier that the edge demands). `facts` is the JSON body of the product API.
    """

    key: SliceKey
    name: str
    brand_id: str | None = None
    owner_id: str | None = None
    refused_ids: frozenset[str] = frozenset()
    is_resolvable: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One lot or serial of an item: its state, and whether it takes part in resolution."""

    key: SliceKey
    state: SerialState = SerialState.AUTHENTIC
    is_resolvable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """A brand and the organization that owns it, if any."""

    id: str
    name: str
    organization_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """An organization; one that is absent from the catalogue redirects nothing."""

    id: str
    name: str
    default_link_type: str = DEFAULT_LINK_TYPE


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A host name that an organization has proved to be its own: lower case, in ASCII."""

    name: str
    organization_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything that a compilation reads, uncompiled. Rules may stand in any order."""

    organizations: tuple[Organization, ...] = ()
    brands: tuple[Brand, ...] = ()
    items: tuple[Item, ...] = ()
    instances: tuple[Instance, ...] = ()
    rules: tuple[Rule, ...] = ()
    hosts: tuple[Host, ...] = ()


class Query(NamedTuple):
    """What one request asks, after its headers have been read.

    `accept` holds media ranges with their quality, best first; `languages` lower-case tags, best
    first, without those of quality 0. `country` (upper case), `region` and `city` are None when
    unknown. `expiry` is AI 17 as encoded, `YYMMDD`. `network` is what the arms of a weight group
    are shared out by: the /24 of the client, of IPv6 its /48; all clients without one are alike.
    """

    ais: tuple[tuple[str, str], ...]
    at: EpochSeconds
    link_type: str | None = None
    accept: tuple[tuple[str, float], ...] = ()
    languages: tuple[str, ...] = ()
    context: str | None = None
    country: str | None = None
    region: str | None = None
    city: str | None = None
    expiry: str | None = None
    network: str = ""


class Outcome(StrEnum):
    """What the table says to a query. HOSTED is a redirect to our own page of the item."""

    REDIRECT = "REDIRECT"
    HOSTED = "HOSTED"
    CHOICES = "CHOICES"
    NOT_FOUND = "NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer to a query.

    `url` is set for REDIRECT alone; `rule_id` is None when no rule decided; `choices` are the
    rule ids of equal candidates, in order.
    """

    outcome: Outcome
    url: str | None = None
    rule_id: str | None = None
    choices: tuple[str, ...] = ()
