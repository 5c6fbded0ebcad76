"""Which rules hold wherever another does, and so leave it nothing to answer."""

import math
from collections.abc import Iterator, Sequence

from rules_compiler.model import Rule, SliceKey
from rules_compiler.reference.preferences import has_preferences
from rules_compiler.reference.targets import is_skipped, target_of
from rules_compiler.templates import placeholders_of
from rules_compiler.windows import DAY, Schedule, compile_schedule

_PLACEHOLDER_OF = {"10": "lot", "21": "serial", "22": "cpv"}
_OF_IDENTIFIERS = frozenset({"gtin", "gtin13", *_PLACEHOLDER_OF.values()})
_POSSIBLE = {"01": _OF_IDENTIFIERS, "8006": frozenset(_PLACEHOLDER_OF.values())}
_ALWAYS = Schedule()


def find_shadows(scope: Sequence[Rule], default_type: str) -> Iterator[tuple[Rule, Rule]]:
    """Yield each rule that never answers, with an earlier one of the same *scope* that always does.

    *scope* holds rules that can compile, in order. The health of targets is as the rules say, so
    a rule that skips itself because its target is dead shadows nothing.
    """
    described = {target_of(rule) for rule in scope if rule.link_type and rule.enabled}
    sure: list[Rule] = []
    for rule in scope:
        for earlier in sure:
            if (
                earlier.order_index < rule.order_index  # arms of one group do not shadow each other
                and _answers_same_types(earlier, rule, default_type, described)
                and includes(earlier, rule, default_type)
            ):
                yield rule, earlier
                break
        if rule.enabled and not is_skipped(rule) and not has_preferences(rule):
            sure.append(rule)


def includes(wider: Rule, narrower: Rule, default_type: str) -> bool:
    """Tell whether all conditions of *wider* but its link type hold wherever those of *narrower* do."""
    return (
        _has_values(wider, narrower, default_type)
        and _is_open_with(wider, narrower)
        and _is_in(wider.location_countries, narrower.location_countries)
        and _is_in(wider.location_regions, narrower.location_regions)
        and _is_in(wider.location_cities, narrower.location_cities)
    )


def is_unconditional(rule: Rule) -> bool:
    """Tell whether *rule* holds for every caller at every time, as long as its target lives."""
    return (
        rule.enabled
        and not is_skipped(rule)
        and not has_preferences(rule)
        and not any((rule.location_countries, rule.location_regions, rule.location_cities))
        and not placeholders_of(target_of(rule) or "") - find_values(rule.slice_key)[0]
        and compile_schedule(rule) is None
    )


def find_values(key: SliceKey) -> tuple[frozenset[str], frozenset[str]]:
    """Return the placeholders that every request in a scope has a value for, and those that none has."""
    segments = key.split("/")
    primary, levels = segments[0], segments[2::2]
    if primary in {"brand", "org"}:
        return frozenset(), frozenset()
    sure = {_PLACEHOLDER_OF[ai] for ai in levels if ai in _PLACEHOLDER_OF}
    if primary == "01":
        sure |= {"gtin", "gtin13"} if segments[1].startswith("0") else {"gtin"}
    possible = _POSSIBLE.get(primary, frozenset())
    if "235" in levels:  # stands alone: no other qualifier goes with it
        possible -= frozenset(_PLACEHOLDER_OF.values())
    return frozenset(sure), _OF_IDENTIFIERS - possible


def _answers_same_types(earlier: Rule, rule: Rule, default_type: str, described: set[str | None]) -> bool:
    """Tell whether *earlier* is asked, before *rule*, for every link type for which *rule* is."""
    if earlier.link_type is not None:
        return earlier.link_type == rule.link_type
    if rule.link_type not in {None, default_type}:
        return False
    # A rule without link type does not stand for the default type where a typed one has its target;
    # of a weight group that may be true of some arms only.
    is_told_apart = target_of(earlier) in described and (
        rule.link_type is not None or target_of(earlier) != target_of(rule)
    )
    return not is_told_apart and earlier.weight is None


def _has_values(wider: Rule, narrower: Rule, default_type: str) -> bool:
    sure = find_values(narrower.slice_key)[0] | placeholders_of(target_of(narrower) or "")
    if narrower.location_countries:
        sure |= {"country"}
    if narrower.link_type not in {None, default_type}:
        sure |= {"linkType"}
    return placeholders_of(target_of(wider) or "") <= sure


def _is_in(wider: Sequence[str], narrower: Sequence[str]) -> bool:
    if not wider:
        return True
    return bool(narrower) and {name.casefold() for name in narrower} <= {name.casefold() for name in wider}


def _is_open_with(wider: Rule, narrower: Rule) -> bool:
    outer, inner = compile_schedule(wider) or _ALWAYS, compile_schedule(narrower) or _ALWAYS
    if outer.opens_at > inner.opens_at or outer.closes_at < inner.closes_at:
        return False
    if outer.zone is None:
        return True
    return (
        outer.zone == inner.zone
        and not inner.weekdays & ~outer.weekdays
        and _spans((outer.first_day, outer.last_day), (inner.first_day, inner.last_day), (101, 1231))
        and _spans((outer.start_second, outer.end_second), (inner.start_second, inner.end_second), (0, DAY))
    )


def _spans(outer: tuple[int, int], inner: tuple[int, int], whole: tuple[int, int]) -> bool:
    """Tell whether a range holds another; one whose start is greater than its end wraps."""
    if outer == whole:
        return True
    outer_wraps, inner_wraps = outer[0] > outer[1], inner[0] > inner[1]
    if outer_wraps == inner_wraps:
        return outer[0] <= inner[0] and inner[1] <= outer[1]
    return outer_wraps and inner != whole and (inner[0] >= outer[0] or inner[1] <= outer[1])


# Closed for so long is closed for good; a 29 February that is a Sunday comes every 28 years, except
# where a window ends before, and then the window is looked at whole unless it is longer than this.
_HORIZON_SECONDS = 3_660 * DAY


def never_opens(rule: Rule, at: float) -> bool:
    """Tell whether no instant from *at* on lies in the window of *rule*."""
    schedule = compile_schedule(rule)
    if schedule is None or math.isinf(schedule.closes_at):
        return False
    moment = max(at, schedule.opens_at)
    while moment < schedule.closes_at:
        if moment > at + _HORIZON_SECONDS:
            return False
        is_open, moment = schedule.state_at(moment)
        if is_open:
            return False
    return True
