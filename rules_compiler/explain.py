"""Tell why a query gets the answer it gets: every rule in order, and why each lost or won.

The reasons are those of `reference.py`, which tests hold equal to the table.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import isinf

from rules_compiler.gs1 import slice_key
from rules_compiler.model import Catalogue, Decision, EpochSeconds, Query, Rule, SliceKey
from rules_compiler.reference import Considered, Verdict, answer, consider
from rules_compiler.windows import compile_schedule

_SENTENCES = {
    Verdict.WON: "answers",
    Verdict.OFFERED: "is one of the choices, for nothing in the request decides",
    Verdict.DISABLED: "is switched off",
    Verdict.OTHER_PLACE: "is for other places",
    Verdict.DEAD_TARGET: "skips itself: its target is unreachable",
    Verdict.OTHER_ARM: "is an arm of a weight group, and the network of this caller gets another one",
    Verdict.OTHER_LINK_TYPE: "has another link type",
    Verdict.AFTER_FALLBACK: "stands behind a rule that is good for everybody",
    Verdict.PREFERENCE: "is preferred less than another by what the request says",
    Verdict.UNDECIDED: "is told apart from another by nothing in the request",
    Verdict.WIDER_SCOPE: "is of a wider scope than the one that answers",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """How one rule fared: a stable code, and a sentence that continues the name of the rule."""

    rule: Rule
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The decision for the identifier `key`, and the reasons in the order of evaluation."""

    key: SliceKey
    decision: Decision
    reasons: tuple[Reason, ...]


def explain(catalogue: Catalogue, query: Query) -> Explanation:
    """Return the decision of *catalogue* for *query*, with the reason of every rule considered."""
    reasons = tuple(
        Reason(each.rule, each.verdict, _sentence(each, query.at)) for each in consider(catalogue, query)
    )
    return Explanation(slice_key(query.ais), answer(catalogue, query), reasons)


def _sentence(considered: Considered, at: EpochSeconds) -> str:
    if considered.verdict is Verdict.MISSING_VALUE:
        return f"needs a value for {considered.placeholder}, which the request does not have"
    if considered.verdict is Verdict.CLOSED_WINDOW:
        return f"is closed{_next_change(considered.rule, at)}"
    return _SENTENCES[considered.verdict]


def _next_change(rule: Rule, at: EpochSeconds) -> str:
    """Return when to look again; a schedule knows its changes a few days ahead."""
    schedule = compile_schedule(rule)
    changes_at = schedule.state_at(at)[1] if schedule else at
    if isinf(changes_at):
        return " for good"
    return f" at least until {datetime.fromtimestamp(changes_at, tz=UTC):%Y-%m-%dT%H:%M:%SZ}"
