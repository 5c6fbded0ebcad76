"""The application identifiers, ready to be looked up: names, keys, qualifiers, partners."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from rules_compiler.gs1.application_identifiers import ROWS, Row


@dataclass(frozen=True, slots=True)
class ApplicationIdentifier:
    """What GS1 defines of one application identifier.

    `specification` lists the components of its value as the dictionary writes them. Of each group
    in `requires` all patterns of one alternative must stand beside it; none of `excludes` may, and
    they name it in turn. `qualifiers` are the alternative sequences of a primary key, None for
    anything else.
    """

    ai: str
    title: str
    specification: str
    is_attribute: bool
    requires: tuple[tuple[tuple[str, ...], ...], ...]
    excludes: frozenset[str]
    qualifiers: tuple[tuple[str, ...], ...] | None


def _expand_range(identifiers: str) -> Iterator[str]:
    first, _, last = identifiers.partition("-")
    for number in range(int(first), int(last or first) + 1):
        yield f"{number:0{len(first)}}"


def _index_patterns(identifiers: list[str]) -> dict[str, frozenset[str]]:
    """Return the identifiers that each pattern (`01`, `310n`, `31nn`) stands for."""
    patterns: dict[str, set[str]] = defaultdict(set)
    for ai in identifiers:
        for kept in range(len(ai) + 1):
            patterns[ai[:kept] + "n" * (len(ai) - kept)].add(ai)
    return {pattern: frozenset(members) for pattern, members in patterns.items()}


MEMBERS = _index_patterns([ai for row in ROWS for ai in _expand_range(row[0])])
"""The identifiers that a pattern of `requires` stands for."""


def _parse_requires(text: str) -> tuple[tuple[tuple[str, ...], ...], ...]:
    groups = [group.split(",") for group in text.split()]
    return tuple(tuple(tuple(patterns.split("+")) for patterns in group) for group in groups)


def _collect_exclusions() -> dict[str, set[str]]:
    """Return what each identifier excludes, or is excluded by; none excludes itself."""
    exclusions: dict[str, set[str]] = defaultdict(set)
    for identifiers, _, _, _, patterns, _, _ in ROWS:
        others = {other for pattern in patterns.split(",") if pattern for other in MEMBERS[pattern]}
        for ai in _expand_range(identifiers):
            for other in others - {ai}:
                exclusions[ai].add(other)
                exclusions[other].add(ai)
    return exclusions


_EXCLUSIONS = _collect_exclusions()


def _parse_qualifiers(text: str | None) -> tuple[tuple[str, ...], ...] | None:
    if text is None:
        return None
    return tuple(tuple(filter(None, alternative.split(","))) for alternative in text.split("|"))


def _define(row: Row) -> Iterator[ApplicationIdentifier]:
    identifiers, flags, specification, requires, _, qualifiers, title = row
    required = _parse_requires(requires)
    sequences = _parse_qualifiers(qualifiers)
    for ai in _expand_range(identifiers):
        yield ApplicationIdentifier(
            ai,
            title,
            specification,
            is_attribute="?" in flags,
            requires=required,
            excludes=frozenset(_EXCLUSIONS.get(ai, ())),
            qualifiers=sequences,
        )


IDENTIFIERS = {definition.ai: definition for row in ROWS for definition in _define(row)}
"""Every application identifier by its digits."""

PRIMARY_KEYS = {
    ai: definition.qualifiers for ai, definition in IDENTIFIERS.items() if definition.qualifiers is not None
}
"""The identifiers that a Digital Link can start from, with their alternative qualifier sequences."""
