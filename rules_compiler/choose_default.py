"""Choose from a default set what suits a caller of whom only the headers are known."""

from collections.abc import Collection

from rules_compiler.candidates import Candidate, up_to_fallback
from rules_compiler.decide import settle
from rules_compiler.default_set import FOR_ALL, Criterion, read_criteria
from rules_compiler.entries import Entry
from rules_compiler.model import Query

_LANGUAGE = "lang"


def choose_default(
    criteria: bytes, names: frozenset[str], closed: Collection[int], query: Query
) -> int | None:
    """Return the index of the target that wins for *query*, or None when it is left to wider scopes.

    *names* are the placeholders that the identifier fills, *closed* the indexes of targets whose
    windows are closed.
    """
    if criteria == FOR_ALL:
        return 0
    filled = names | {_LANGUAGE} if query.languages else names
    holding = [
        (index, each)
        for index, each in enumerate(read_criteria(criteria))
        if index not in closed and filled.issuperset(each.names)
    ]
    untyped = [_candidate(index, each) for index, each in holding if not each.is_typed]
    candidates = untyped or [_candidate(index, each) for index, each in holding[:1]]
    if not candidates:
        return None
    verdict = settle(up_to_fallback(tuple(candidates)), query, is_explicit=False)
    return None if verdict is None or verdict.winner is None else int(verdict.winner.entry.rule_id)


def _candidate(index: int, criterion: Criterion) -> Candidate:
    entry = Entry(
        rule_id=str(index),
        scope="",
        link_type=None,
        url=None,
        template=None,
        title=None,
        languages=criterion.languages,
        media_type=criterion.media_type,
        contexts=criterion.contexts,
        place=None,
        schedule=None,
    )
    return Candidate(entry, None)
