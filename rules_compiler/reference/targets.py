"""Where a rule leads to, once its health and the values of the request are known."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from rules_compiler.model import DeadPolicy, DestinationType, Query, Rule


def target_of(rule: Rule) -> str | None:
    """Return the template that *rule* leads to now; None is the hosted page."""
    if rule.destination_type is DestinationType.HOSTED_PAGE or rule.is_dead:
        return None
    return rule.custom_url


def is_skipped(rule: Rule) -> bool:
    """Tell whether *rule* steps aside because its target is dead."""
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


def render_target(rule: Rule, query: Query) -> str | None:
    """Return where *rule* leads the caller to; None is the hosted page."""
    target = target_of(rule)
    if target is None:
        return None
    values = _values_of(query)
    return re.sub(r"\{\w+\}", lambda match: quote(values[match[0]] or "", safe=""), target)


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
        "{country}": country_of(query),
        "{linkType}": query.link_type,
    }


def country_of(query: Query) -> str | None:
    """Return the country of the caller: the one that `context` names goes before the real one."""
    if query.context is not None and re.fullmatch("[A-Za-z]{2}", query.context):
        return query.context.upper()
    return query.country
