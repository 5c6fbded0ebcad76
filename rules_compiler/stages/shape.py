"""Stage 4: turn a rule into the entry that answers, with all work done that can be done now."""

from rules_compiler.entries import Arm, Entry, Place
from rules_compiler.model import DestinationType, Rule
from rules_compiler.templates import compile_template
from rules_compiler.windows import compile_schedule


def shape(rule: Rule) -> Entry:
    """Return the entry of a checked *rule* that survived pruning."""
    url = _target(rule)
    template = compile_template(url) if url else None
    return Entry(
        rule_id=rule.id,
        scope=rule.scope_type,
        link_type=rule.link_type,
        url=url,
        template=template,
        title=rule.title,
        languages=_folded(rule.languages),
        media_type=rule.media_type.lower() if rule.media_type else None,
        contexts=rule.contexts,
        place=_place(rule),
        schedule=compile_schedule(rule),
        arm=None if rule.weight is None else Arm(rule.order_index, rule.weight),
    )


def _target(rule: Rule) -> str | None:
    # A dead target that got here falls back to the hosted page.
    is_hosted = rule.destination_type is DestinationType.HOSTED_PAGE or rule.is_dead
    return None if is_hosted else rule.custom_url


def _place(rule: Rule) -> Place | None:
    lists = (rule.location_countries, rule.location_regions, rule.location_cities)
    return Place(*map(_folded, lists)) if any(lists) else None


def _folded(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(str.casefold, names))
