"""Stage 2: drop what cannot answer until somebody changes it."""

from rules_compiler.model import DeadPolicy, DestinationType, Rule


def prune(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Return the rules that are enabled and do not skip themselves because of a dead target."""
    return tuple(rule for rule in rules if rule.enabled and not _skips_itself(rule))


def _skips_itself(rule: Rule) -> bool:
    return (
        rule.destination_type is DestinationType.CUSTOM_URL
        and rule.is_dead
        and rule.on_custom_url_dead is DeadPolicy.SKIP_RULE
    )
