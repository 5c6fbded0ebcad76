"""The rows of this domain as values, and how a stored rule becomes one that compiles."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, Final, Self, TypeAlias
from uuid import UUID

from asyncpg import Record

from product_platform.digital_link.schemas import CustomUrlStatus, RuleOut
from product_platform.kit.ids import to_short
from product_platform.kit.preconditions import to_etag
from rules_compiler.model import DeadPolicy, DestinationType, Rule, ScopeType, SliceKey

_CRITERIA: Final = (
    "link_type",
    "languages",
    "media_type",
    "contexts",
    "absolute_start_at",
    "absolute_end_at",
    "annual_start_mmdd",
    "annual_end_mmdd",
    "days_of_week",
    "time_of_day_start",
    "time_of_day_end",
    "timezone",
    "location_countries",
    "location_regions",
    "location_cities",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRule:
    """A row of `resolution_rules`. Constraints that are not set are None, never empty."""

    id: UUID
    organization_id: UUID
    scope_type: ScopeType
    scope_id: str | None
    product_id: UUID | None
    slice_key: SliceKey
    order_index: int
    enabled: bool
    destination_type: DestinationType
    custom_url: str | None
    on_custom_url_dead: DeadPolicy
    link_type: str | None = None
    title: str | None = None
    languages: list[str] | None = None
    media_type: str | None = None
    contexts: list[str] | None = None
    absolute_start_at: datetime | None = None
    absolute_end_at: datetime | None = None
    annual_start_mmdd: str | None = None
    annual_end_mmdd: str | None = None
    days_of_week: list[int] | None = None
    time_of_day_start: str | None = None
    time_of_day_end: str | None = None
    timezone: str | None = None
    location_countries: list[str] | None = None
    location_regions: list[str] | None = None
    location_cities: list[str] | None = None
    weight: int | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    created: datetime
    modified: datetime

    @classmethod
    def from_row(cls, row: Record) -> Self:
        """Return the rule that *row* holds, whatever else is in it."""
        return cls(**{one.name: row[one.name] for one in fields(cls)})

    def to_json(self) -> dict[str, Any]:
        """Return the rule as the API shows it."""
        return RuleOut.model_validate(self).model_dump(mode="json")

    @property
    def etag(self) -> str:
        """The strong entity tag of the rule as the API shows it."""
        return to_etag(self.to_json())

    @property
    def criteria(self) -> tuple[Any, ...]:
        """All that decides whether the rule answers; arms of a weight group have the same."""
        return tuple(getattr(self, name) for name in _CRITERIA)

    def to_rule(self, *, is_dead: bool = False) -> Rule:
        """Return the rule as the compiler reads it; *is_dead* tells of its custom URL."""
        return read_rule(partial(getattr, self), is_dead=is_dead)


_SCOPE_TYPES: Final = {each.value: each for each in ScopeType}
_DESTINATION_TYPES: Final = {each.value: each for each in DestinationType}
_DEAD_POLICIES: Final = {each.value: each for each in DeadPolicy}

# Rules come by the million, their organizations do not.
_to_party = lru_cache(maxsize=1_000)(to_short)


def read_rule(read: Callable[[str], Any], *, is_dead: bool) -> Rule:
    """Return the rule whose columns *read* tells, as the compiler reads it."""
    return Rule(
        id=to_short(read("id")),
        organization_id=_to_party(read("organization_id")),
        scope_type=_SCOPE_TYPES[read("scope_type")],
        slice_key=read("slice_key"),
        order_index=read("order_index"),
        enabled=read("enabled"),
        destination_type=_DESTINATION_TYPES[read("destination_type")],
        custom_url=read("custom_url"),
        on_custom_url_dead=_DEAD_POLICIES[read("on_custom_url_dead")],
        is_dead=is_dead,
        link_type=read("link_type"),
        title=read("title"),
        languages=tuple(read("languages") or ()),
        media_type=read("media_type"),
        contexts=tuple(read("contexts") or ()),
        absolute_start_at=read("absolute_start_at"),
        absolute_end_at=read("absolute_end_at"),
        annual_start_mmdd=read("annual_start_mmdd"),
        annual_end_mmdd=read("annual_end_mmdd"),
        days_of_week=tuple(read("days_of_week") or ()),
        time_of_day_start=read("time_of_day_start"),
        time_of_day_end=read("time_of_day_end"),
        timezone=read("timezone"),
        location_countries=tuple(read("location_countries") or ()),
        location_regions=tuple(read("location_regions") or ()),
        location_cities=tuple(read("location_cities") or ()),
        weight=read("weight"),
    )


def share_a_place(one: StoredRule, other: StoredRule) -> bool:
    """Return whether two rules may have one place in their scope: as arms of a weight group."""
    return one.weight is not None and other.weight is not None and one.criteria == other.criteria


@dataclass(frozen=True, slots=True)
class Change:
    """A waiting row of the outbox: what this slice is compiled from has changed."""

    id: int
    organization_id: UUID | None
    slice_key: SliceKey
    xact: int

    @property
    def party(self) -> str:
        """Whose change this is: what is quarantined together when it cannot be compiled.

        A change of something that nobody owns stands alone.
        """
        return self.slice_key if self.organization_id is None else str(self.organization_id)


_NOT_COMPARED: Final = frozenset({"id", "organization_id", "created", "modified"})


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule as JSON, before (None when it is new) and after (None when it is gone)."""

    rule_id: UUID
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @classmethod
    def of(cls, before: StoredRule | None, after: StoredRule | None) -> Self:
        """Return the change from one state of a rule to the next; one of them is there."""
        rule = after or before
        assert rule is not None  # noqa: S101
        return cls(rule.id, *(None if state is None else state.to_json() for state in (before, after)))

    @property
    def undone(self) -> "RuleChange":
        """The change back."""
        return RuleChange(self.rule_id, self.after, self.before)

    @property
    def kind(self) -> str:
        """What happened to the rule: it was created, changed or deleted."""
        if self.before is None:
            return "created"
        return "deleted" if self.after is None else "changed"

    @property
    def fields(self) -> dict[str, dict[str, Any]]:
        """Each field of which the value differs, before and after, but for what every change changes."""
        before, after = self.before or {}, self.after or {}
        return {
            name: {"before": before.get(name), "after": after.get(name)}
            for name in {**before, **after}
            if name not in _NOT_COMPARED and before.get(name) != after.get(name)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersion:
    """One change of an organization's rule set."""

    organization_id: UUID
    number: int
    at: datetime
    author: str
    author_id: UUID | None
    note: str
    changes: list[RuleChange]


DOWN_AFTER: Final = 3
"""So many failures in a row, and a target is dead."""
UP_AFTER: Final = 2
"""So many successes in a row, and a dead target lives again."""


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of a target, and how often in a row it failed or answered."""

    status: CustomUrlStatus
    failure_count: int = 0
    success_count: int = 0

    @property
    def is_dead(self) -> bool:
        """Whether rules that lead there are treated as their owner wants for dead targets."""
        return self.status is CustomUrlStatus.UNREACHABLE

    def after(self, *, is_alive: bool) -> "Health":
        """Return the health after one more look. A dead target has to prove itself, another does not."""
        if is_alive:
            successes = self.success_count + 1
            is_down = self.is_dead and successes < UP_AFTER
            return Health(CustomUrlStatus.UNREACHABLE if is_down else CustomUrlStatus.HEALTHY, 0, successes)
        failures = self.failure_count + 1
        is_down = self.is_dead or failures >= DOWN_AFTER
        return Health(CustomUrlStatus.UNREACHABLE if is_down else CustomUrlStatus.DEGRADED, failures)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomUrl:
    """A row of `custom_urls`: a target of an organization's rules, and its health."""

    id: UUID
    organization_id: UUID
    url: str
    status: CustomUrlStatus
    failure_count: int
    success_count: int
    last_checked_at: datetime | None
    made_by_rule: bool
    created: datetime
    modified: datetime

    @classmethod
    def from_row(cls, row: Record) -> Self:
        """Return the entry that *row* holds, whatever else is in it."""
        columns = {one.name: row[one.name] for one in fields(cls)}
        return cls(**{**columns, "status": CustomUrlStatus(row["status"])})

    @property
    def health(self) -> Health:
        """What is known of it."""
        return Health(self.status, self.failure_count, self.success_count)


@dataclass(frozen=True, slots=True)
class TxtRecord:
    """What an organization publishes in the DNS to prove a name."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomHost:
    """A row of `custom_hosts`: a name that an organization asks for, and has once it is verified."""

    id: UUID
    organization_id: UUID
    name: str
    token: str
    verified_at: datetime | None
    created: datetime
    modified: datetime

    @property
    def slice_key(self) -> SliceKey:
        """The slice that tells edges whose the name is."""
        return f"host/{self.name}"

    @property
    def record(self) -> TxtRecord:
        """What proves that the name is the organization's own."""
        return TxtRecord(f"_signpost.{self.name}", f"signpost-verify={self.token}")


SliceBytes: TypeAlias = Mapping[SliceKey, bytes | None]
"""Slices of one change set; None is a tombstone."""


CLAIM_TIERS: Final = ("disputed", "rejected", "unverified", "prefix_matched", "verified")
"""What a claim can be, from never trusted to most trusted."""


def refused_statuses(min_claim_tier: str) -> frozenset[str]:
    """Return the claim statuses under which an owner may not redirect."""
    return frozenset(CLAIM_TIERS[: CLAIM_TIERS.index(min_claim_tier)])
