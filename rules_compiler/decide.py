"""Answer a query from the table: which link, of which rule, at which scope.

One semantics: `docs/resolution.md` tells it in full. Conditions (window, place, link type, a
value for each placeholder) make candidates; preferences only choose among them.
"""

from typing import NamedTuple

from rules_compiler.candidates import Candidate, find_candidates, up_to_fallback
from rules_compiler.compose import Composition, compose
from rules_compiler.model import Decision, Outcome, Query
from rules_compiler.preferences import narrow
from rules_compiler.tables import Table

DEFAULT_LINK = "gs1:defaultLink"


class Verdict(NamedTuple):
    """What a composition says to a query; `winner` is None when no rule decided."""

    outcome: Outcome
    winner: Candidate | None = None
    choices: tuple[Candidate, ...] = ()


NOT_FOUND = Verdict(Outcome.NOT_FOUND)
HOSTED = Verdict(Outcome.HOSTED)


def decide(table: Table, query: Query) -> Decision:
    """Return the decision of *table* for *query*."""
    composition = compose(table, query.ais, query.at)
    verdict = NOT_FOUND if composition is None else judge(composition, query)
    winner = verdict.winner
    return Decision(
        outcome=verdict.outcome,
        url=winner.url if winner else None,
        rule_id=winner.entry.rule_id if winner else None,
        choices=tuple(choice.entry.rule_id for choice in verdict.choices),
    )


def judge(composition: Composition, query: Query) -> Verdict:
    """Return what *composition*, whose windows are open at the instant of *query*, says to it."""
    asked = None if query.link_type == DEFAULT_LINK else query.link_type
    for level in composition.levels:
        first = level.entries[0]
        if asked is None and first.is_good_for_all and first.link_type is None:
            # Whatever stands behind it, and whoever asks: most requests end here.
            return won_by(Candidate(first, first.url))
        candidates = find_candidates(level, query, asked, composition.default_link_type)
        if candidates:
            verdict = settle(up_to_fallback(candidates), query, is_explicit=asked is not None)
            if verdict is not None:
                return verdict
    return HOSTED if asked is None else NOT_FOUND


def default_candidates(composition: Composition, query: Query) -> tuple[Candidate, ...]:
    """Return the default set of the narrowest scope that has one, for choosing a representation."""
    for level in composition.levels:
        candidates = find_candidates(level, query, None, composition.default_link_type)
        if candidates:
            return up_to_fallback(candidates)
    return ()


def settle(candidates: tuple[Candidate, ...], query: Query, *, is_explicit: bool) -> Verdict | None:
    """Return the verdict among *candidates*, or None when a default set leaves it to the next scope."""
    if is_explicit and len(candidates) == 1:
        return won_by(candidates[0])
    left, has_narrowed = narrow(candidates, query)
    if len(left) == 1 and (is_explicit or has_narrowed):
        return won_by(left[0])
    if candidates[-1].entry.is_fallback:
        return won_by(candidates[-1])
    return Verdict(Outcome.CHOICES, choices=left) if is_explicit else None


def won_by(candidate: Candidate) -> Verdict:
    """Return the verdict that *candidate* wins."""
    return Verdict(Outcome.HOSTED if candidate.url is None else Outcome.REDIRECT, candidate)
