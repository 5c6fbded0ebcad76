"""Stage 3: put rules in the order in which they are tried."""

from rules_compiler.model import Rule


def order(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Return *rules* by `order_index`, the heaviest arm of each weight group first.

    The id decides between equals, so that order is stable.
    """
    return tuple(sorted(rules, key=lambda rule: (rule.order_index, -(rule.weight or 0), rule.id)))
