"""Answer a query by the plainest possible scan of uncompiled rules: what the table is held to.

Nothing here is fast, and nothing here is shared with the compiled table: two readings of one
specification that agree over random rules are a proof that one reading alone is not.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import floor
from urllib.parse import quote
from zoneinfo import ZoneInfo

from rules_compiler.model import (
    Catalogue,
    DeadPolicy,
    Decision,
    DestinationType,
    EpochSeconds,
    Item,
    Organization,
    Outcome,
    Query,
    Rule,
    SliceKey,
)

DEFAULT_LINK = "gs1:defaultLink"
ANY_MEDIA_TYPE = "*/*"


class Verdict(StrEnum):
    """How a rule fared: it won, it is one of equal choices, or the first reason why it lost."""

    WON = "won"
    OFFERED = "offered"
    DISABLED = "disabled"
    CLOSED_WINDOW = "closed_window"
    OTHER_PLACE = "other_place"
    DEAD_TARGET = "dead_target"
    MISSING_VALUE = "missing_value"
    OTHER_LINK_TYPE = "other_link_type"
    AFTER_FALLBACK = "after_fallback"
    PREFERENCE = "preference"
    UNDECIDED = "undecided"
    WIDER_SCOPE = "wider_scope"


@dataclass(frozen=True, slots=True)
class Considered:
    """One rule and how it fared; *placeholder* names the value that a MISSING_VALUE lacks."""

    rule: Rule
    verdict: Verdict
    placeholder: str | None = None


def answer(catalogue: Catalogue, query: Query) -> Decision:
    """Return what the rules of *catalogue* say to *query*."""
    if find_item(catalogue, query) is None:
        return Decision(outcome=Outcome.NOT_FOUND)
    considered = consider(catalogue, query)
    for each in considered:
        if each.verdict is Verdict.WON:
            return _decide(each.rule, query)
    choices = tuple(each.rule.id for each in considered if each.verdict is Verdict.OFFERED)
    if choices:
        return Decision(outcome=Outcome.CHOICES, choices=choices)
    return Decision(outcome=Outcome.NOT_FOUND if _is_explicit(query) else Outcome.HOSTED)


def consider(catalogue: Catalogue, query: Query) -> list[Considered]:
    """Return every rule that could govern *query*, in the order of evaluation, and how it fared.

    Rules of anybody but the item's present owner are not even considered.
    """
    item = find_item(catalogue, query)
    owner = None if item is None else find_owner(catalogue, item)
    if item is None or owner is None:
        return []
    considered: list[Considered] = []
    is_decided = False
    for key in find_scopes(catalogue, query, item, owner):
        rules = rules_of_scope(catalogue, key, owner)
        if is_decided:
            verdicts = dict.fromkeys((rule.id for rule in rules), Verdict.WIDER_SCOPE)
        else:
            verdicts = _judge_scope(rules, query, owner)
        is_decided = is_decided or bool({Verdict.WON, Verdict.OFFERED} & set(verdicts.values()))
        considered += [_considered(rule, verdicts[rule.id], query) for rule in rules]
    return considered


# Whose rules, and which scopes


def find_item(catalogue: Catalogue, query: Query) -> Item | None:
    """Return the catalogue's entry for the primary key of *query*, its first identifier."""
    ai, value = query.ais[0]
    for item in catalogue.items:
        if item.key == _key(ai, value):
            return item
    return None


def find_owner(catalogue: Catalogue, item: Item) -> Organization | None:
    """Return the organization whose rules govern *item*; None when nobody's may."""
    owner_id = item.owner_id
    for brand in catalogue.brands:
        if brand.id == item.brand_id and brand.organization_id is not None:
            owner_id = brand.organization_id
    if owner_id in item.refused_ids or not item.is_resolvable:
        return None
    for organization in catalogue.organizations:
        if organization.id == owner_id:
            return organization
    return None


def find_scopes(catalogue: Catalogue, query: Query, item: Item, owner: Organization) -> list[SliceKey]:
    """Return the slice keys that govern *query*, narrowest first, without switched-off levels."""
    values = dict(query.ais)
    switched_off = {each.key for each in catalogue.instances if not each.is_resolvable}
    levels = [f"{item.key}/{_key(ai, values[ai])}" for ai in ("21", "10") if ai in values]
    keys = [key for key in levels if key not in switched_off]
    keys.append(item.key)
    if item.brand_id is not None:
        keys.append(f"brand/{item.brand_id}")
    keys.append(f"org/{owner.id}")
    return keys


def rules_of_scope(catalogue: Catalogue, key: SliceKey, owner: Organization) -> list[Rule]:
    """Return the rules that *owner* wrote for one scope, in their order."""
    rules = [r for r in catalogue.rules if r.slice_key == key and r.organization_id == owner.id]
    return sorted(rules, key=lambda rule: rule.order_index)


def _key(ai: str, value: str) -> SliceKey:
    return f"{ai}/{quote(value, safe='')}"


# One scope


def _judge_scope(rules: Sequence[Rule], query: Query, owner: Organization) -> dict[str, Verdict]:
    """Return how each rule of one scope fares, by rule id; at most one of them wins."""
    failures = {rule.id: _find_failed_condition(rule, query) for rule in rules}
    candidates = _of_asked_type([rule for rule in rules if failures[rule.id] is None], rules, query, owner)
    taken = _up_to_fallback(candidates)
    left, is_narrowed = _narrow(taken, query)
    verdicts = {
        **{rule.id: failures[rule.id] or Verdict.OTHER_LINK_TYPE for rule in rules},
        **{rule.id: Verdict.AFTER_FALLBACK for rule in candidates},
        **{rule.id: Verdict.PREFERENCE for rule in taken},
        **{rule.id: Verdict.UNDECIDED for rule in left},
    }
    if len(left) == 1 and (is_narrowed or _is_explicit(query)):
        verdicts[left[0].id] = Verdict.WON
    elif taken and not has_preferences(taken[-1]):
        verdicts[taken[-1].id] = Verdict.WON
    elif _is_explicit(query):
        verdicts.update({rule.id: Verdict.OFFERED for rule in left})
    return verdicts


def _of_asked_type(
    candidates: list[Rule], rules: Sequence[Rule], query: Query, owner: Organization
) -> list[Rule]:
    """Return the candidates of the link type that *query* asks for; *rules* is the whole scope.

    An untyped rule also stands for the owner's default type, unless an active typed rule of its
    scope, for whatever place, already says what its target is.
    """
    untyped = [rule for rule in candidates if rule.link_type is None]
    of_default_type = [rule for rule in candidates if rule.link_type == owner.default_link_type]
    if not _is_explicit(query):
        return untyped or of_default_type[:1]
    if query.link_type != owner.default_link_type:
        return [rule for rule in candidates if rule.link_type == query.link_type]
    described = {target_of(rule) for rule in rules if rule.link_type and is_active(rule, query.at)}
    nondescript = [rule for rule in untyped if target_of(rule) not in described]
    return [rule for rule in candidates if rule in of_default_type or rule in nondescript]


def _up_to_fallback(candidates: list[Rule]) -> list[Rule]:
    """Return the candidates up to and including the first that has no preferences."""
    taken = []
    for rule in candidates:
        taken.append(rule)
        if not has_preferences(rule):
            break
    return taken


def has_preferences(rule: Rule) -> bool:
    """Tell whether *rule* would rather answer some callers than others."""
    return bool(rule.languages or rule.media_type or rule.contexts)


def _is_explicit(query: Query) -> bool:
    return query.link_type not in (None, DEFAULT_LINK)


# Conditions


def _find_failed_condition(rule: Rule, query: Query) -> Verdict | None:
    """Return the first condition beside the link type that does not hold, or None."""
    if not rule.enabled:
        return Verdict.DISABLED
    if not is_open(rule, query.at):
        return Verdict.CLOSED_WINDOW
    if not _is_in_place(rule, query):
        return Verdict.OTHER_PLACE
    if _is_skipped(rule):
        return Verdict.DEAD_TARGET
    if find_missing_placeholder(rule, query) is not None:
        return Verdict.MISSING_VALUE
    return None


def is_active(rule: Rule, at: EpochSeconds) -> bool:
    """Tell whether *rule* says anything at *at*, to whomever."""
    return rule.enabled and is_open(rule, at) and not _is_skipped(rule)


def is_open(rule: Rule, at: EpochSeconds) -> bool:
    """Tell whether every time criterion of *rule* holds at *at*."""
    if rule.absolute_start_at is not None and at < rule.absolute_start_at.timestamp():
        return False
    if rule.absolute_end_at is not None and at >= rule.absolute_end_at.timestamp():
        return False
    # Whole seconds, because fromtimestamp would round the last instant of a second up.
    local = datetime.fromtimestamp(floor(at), ZoneInfo(rule.timezone or "UTC"))
    return (
        _is_in_annual_window(rule, f"{local:%m-%d}")
        and (not rule.days_of_week or local.weekday() in rule.days_of_week)
        and _is_in_time_of_day(rule, f"{local:%H:%M:%S}")
    )


def _is_in_annual_window(rule: Rule, today: str) -> bool:
    start = rule.annual_start_mmdd or "01-01"
    end = rule.annual_end_mmdd or "12-31"
    if start <= end:
        return start <= today <= end
    return today >= start or today <= end


def _is_in_time_of_day(rule: Rule, now: str) -> bool:
    start = rule.time_of_day_start or "00:00:00"
    end = rule.time_of_day_end or "24:00:00"
    if start == end:
        return True
    if start < end:
        return start <= now < end
    return now >= start or now < end


def _is_in_place(rule: Rule, query: Query) -> bool:
    return (
        _is_listed(_country_of(query), rule.location_countries)
        and _is_listed(query.region, rule.location_regions)
        and _is_listed(query.city, rule.location_cities)
    )


def _is_listed(place: str | None, places: Sequence[str]) -> bool:
    if not places:
        return True
    return place is not None and place.casefold() in {each.casefold() for each in places}


def _country_of(query: Query) -> str | None:
    """Return the country of the caller: the one that `context` names goes before the real one."""
    if query.context is not None and re.fullmatch("[A-Za-z]{2}", query.context):
        return query.context.upper()
    return query.country


# Targets


def target_of(rule: Rule) -> str | None:
    """Return the template that *rule* leads to now; None is the hosted page."""
    if rule.destination_type is DestinationType.HOSTED_PAGE or rule.is_dead:
        return None
    return rule.custom_url


def _is_skipped(rule: Rule) -> bool:
    return (
        rule.is_dead
        and rule.destination_type is DestinationType.CUSTOM_URL
        and rule.on_custom_url_dead is DeadPolicy.SKIP_RULE
    )


def find_missing_placeholder(rule: Rule, query: Query) -> str | None:
    """Return the first placeholder of the rule's target for which *query* has no value."""
    values = _values_of(query)
    for placeholder in re.findall(r"\{\w+\}", target_of(rule) or ""):
        if values.get(placeholder) is None:
            return str(placeholder)
    return None


def _values_of(query: Query) -> Mapping[str, str | None]:
    ais = dict(query.ais)
    gtin = ais.get("01")
    return {
        "{gtin}": gtin,
        "{gtin13}": gtin[1:] if gtin and gtin.startswith("0") else None,
        "{lot}": ais.get("10"),
        "{serial}": ais.get("21"),
        "{cpv}": ais.get("22"),
        "{expiry}": query.expiry,
        "{lang}": query.languages[0] if query.languages else None,
        "{country}": _country_of(query),
        "{linkType}": query.link_type,
    }


def render_target(rule: Rule, query: Query) -> str | None:
    """Return where *rule* leads the caller to; None is the hosted page."""
    target = target_of(rule)
    if target is None:
        return None
    values = _values_of(query)
    return re.sub(r"\{\w+\}", lambda match: quote(values[match[0]] or "", safe=""), target)


def _decide(rule: Rule, query: Query) -> Decision:
    url = render_target(rule, query)
    outcome = Outcome.HOSTED if url is None else Outcome.REDIRECT
    return Decision(outcome=outcome, url=url, rule_id=rule.id)


def _considered(rule: Rule, verdict: Verdict, query: Query) -> Considered:
    is_missing = verdict is Verdict.MISSING_VALUE
    return Considered(rule, verdict, find_missing_placeholder(rule, query) if is_missing else None)


# Preferences


def _narrow(candidates: list[Rule], query: Query) -> tuple[list[Rule], bool]:
    """Return the candidates that suit *query* best, and whether any preference told them apart.

    A preference that no candidate meets is left aside, as if it had not been asked.
    """
    is_narrowed = False
    for rank in (_rank_media_type, _rank_language, _rank_context):
        ranks = [rank(rule, query) for rule in candidates]
        best = min((each for each in ranks if each is not None), default=None)
        if best is not None:
            candidates = [rule for rule, each in zip(candidates, ranks, strict=True) if each == best]
            is_narrowed = True
    return candidates, is_narrowed


Rank = tuple[float, ...]
"""How well a rule suits a caller: the smaller the better. A rule that does not suit has none."""


def _rank_media_type(rule: Rule, query: Query) -> Rank | None:
    """Rank by the quality of the most specific range that names the rule's media type."""
    if rule.media_type is None:
        return None
    media_type = rule.media_type.lower()
    qualities = {media_range.lower(): quality for media_range, quality in query.accept}
    for media_range in (media_type, media_type.partition("/")[0] + "/*"):
        if media_range in qualities:
            quality = qualities[media_range]
            return (-quality,) if quality > 0 else None
    return None


def _rank_language(rule: Rule, query: Query) -> Rank | None:
    """Rank by the earliest requested tag that the rule speaks, and how closely it does."""
    offered = [language.lower() for language in rule.languages]
    for position, tag in enumerate(query.languages):
        subtags = tag.split("-")
        shorter = ["-".join(subtags[:length]) for length in range(len(subtags), 0, -1)]
        for distance, each in enumerate(shorter):
            if each in offered:
                return (position, distance)
        if any(language.startswith(f"{tag}-") for language in offered):
            return (position, len(shorter))
    return None


def _rank_context(rule: Rule, query: Query) -> Rank | None:
    if query.context is None:
        return None
    return (0,) if query.context.casefold() in {each.casefold() for each in rule.contexts} else None
