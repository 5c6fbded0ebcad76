"""Answer a query as the profile `contract` does: the first rule that holds wins.

Conditions and preferences alike must hold. A rule without link type answers for any type; a
type for which nothing answers is as if it had not been asked for.
"""

from rules_compiler.candidates import Candidate, find_holding
from rules_compiler.compose import Composition
from rules_compiler.decide import HOSTED, Verdict, won_by
from rules_compiler.entries import Entry
from rules_compiler.languages import best_language_match
from rules_compiler.model import Query
from rules_compiler.preferences import media_quality


def judge_first(composition: Composition, query: Query) -> Verdict:
    """Return what *composition* says to *query*: a rule of the narrowest scope, or the hosted page."""
    default = composition.default_link_type
    for link_type in dict.fromkeys((query.link_type or default, default)):
        winner = _find_first(composition, query, link_type)
        if winner is not None:
            return won_by(winner)
    return HOSTED


def _find_first(composition: Composition, query: Query, link_type: str) -> Candidate | None:
    for level in composition.levels:
        for candidate in find_holding(level, query):
            if candidate.entry.link_type in (None, link_type) and _suits(candidate.entry, query):
                return candidate
    return None


def _suits(entry: Entry, query: Query) -> bool:
    """Return whether every preference of *entry* is one of the caller's."""
    if entry.media_type and not media_quality(query.accept, entry.media_type):
        return False
    if entry.languages and not best_language_match(query.languages, [entry.languages]):
        return False
    return not entry.contexts or entry.suits_context(query.context or "")
