"""A rule while it is written: a caller's fields, brought to the form that is stored."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from product_platform.digital_link.models import StoredRule
from product_platform.digital_link.service.fields import field_root
from product_platform.kit.errors import Detail
from rules_compiler.compiler import find_problems
from rules_compiler.link_types import to_curie
from rules_compiler.model import DeadPolicy, DestinationType

DEFAULTS: Final[Mapping[str, Any]] = {
    "order_index": 0,
    "enabled": True,
    # Also stands in for one that is missing or wrong, for it demands nothing else of the rule.
    "destination_type": DestinationType.HOSTED_PAGE,
    "custom_url": None,
    "on_custom_url_dead": DeadPolicy.SKIP_RULE,
}
"""What a new rule has where nothing is said."""


def normalize(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return *values* in the form in which they are stored; what says nothing becomes None."""
    return {name: _normalize_one(name, value) for name, value in values.items()}


def find_defects(rule: StoredRule, known: Iterable[Detail]) -> list[Detail]:
    """Return what keeps *rule* from compiling, but for fields of which a defect is *known*."""
    seen = {field_root(detail) for detail in known}
    return [
        Detail(problem.field, problem.message, problem.code)
        for problem in find_problems([rule.to_rule()])
        if problem.field not in seen
    ]


def _normalize_one(name: str, value: Any) -> Any:
    if name == "metadata":
        return value
    if value in ("", []):
        return None
    read = _NORMAL_FORMS.get(name)
    return value if read is None or value is None else read(value)


def _with_seconds(time: str) -> str:
    return f"{time}:00" if len(time) == len("HH:MM") else time


_NORMAL_FORMS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "link_type": to_curie,
    "days_of_week": lambda days: sorted(set(days)),
    "time_of_day_start": _with_seconds,
    "time_of_day_end": _with_seconds,
    "location_countries": lambda countries: list(dict.fromkeys(country.upper() for country in countries)),
    "location_regions": lambda names: list(dict.fromkeys(names)),
    "location_cities": lambda names: list(dict.fromkeys(names)),
    "languages": lambda tags: list(dict.fromkeys(tags)),
    "contexts": lambda contexts: list(dict.fromkeys(contexts)),
}
