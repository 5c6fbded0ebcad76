"""Which partners an identifier needs on the item. Data capture asks; a resolver does not refuse for it."""

from rules_compiler.gs1.dictionary import IDENTIFIERS, MEMBERS
from rules_compiler.gs1.errors import DigitalLinkError
from rules_compiler.gs1.link import DigitalLink


def association_errors(link: DigitalLink) -> tuple[DigitalLinkError, ...]:
    """Return one refusal for each partner that an identifier of *link* needs and that is absent.

    Their position is 0, for what is missing stands nowhere. An item that bears further barcodes
    may have the partners there.
    """
    names = [ai for ai, _ in link.elements]
    return tuple(
        DigitalLinkError("missing_partner", 0, f"{ai} needs {_describe(group)} beside it.")
        for ai in names
        for group in IDENTIFIERS[ai].requires
        if not any(_are_beside(ai, patterns, set(names)) for patterns in group)
    )


def _are_beside(ai: str, patterns: tuple[str, ...], names: set[str]) -> bool:
    return all(names & MEMBERS[pattern] - {ai} for pattern in patterns)


def _describe(group: tuple[tuple[str, ...], ...]) -> str:
    return " or ".join(" and ".join(patterns) for patterns in group)
