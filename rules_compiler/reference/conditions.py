"""When and where a rule holds."""

from collections.abc import Sequence
from datetime import datetime
from math import floor
from zoneinfo import ZoneInfo

from rules_compiler.model import EpochSeconds, Query, Rule
from rules_compiler.reference.targets import country_of, is_skipped


def is_active(rule: Rule, at: EpochSeconds) -> bool:
    """Tell whether *rule* says anything at *at*, to whomever."""
    return rule.enabled and is_open(rule, at) and not is_skipped(rule)


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
    if start < end:
        return start <= now < end
    return now >= start or now < end  # over midnight; equal times are the whole day


def is_in_place(rule: Rule, query: Query) -> bool:
    """Tell whether *rule* answers callers from where this one is; an unknown place is nowhere."""
    country = country_of(query)
    return (
        _is_listed([country] if country else [], rule.location_countries)
        and _is_listed(query.regions, rule.location_regions)
        and _is_listed(query.cities, rule.location_cities)
    )


def _is_listed(names: Sequence[str], places: Sequence[str]) -> bool:
    """Tell whether a place with these *names*, none when it is unknown, is one of *places*, if any are."""
    listed = {each.casefold() for each in places}
    return not listed or any(name.casefold() in listed for name in names)
