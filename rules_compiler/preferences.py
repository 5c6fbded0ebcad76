"""Choose among candidates by what the caller prefers: media type, then language, then context.

GS1-Conformant Resolver 1.2, clause 2.6.3. A step that would leave nobody is undone.
"""

from rules_compiler.candidates import Candidate
from rules_compiler.languages import best_language_match
from rules_compiler.model import Query

_ANYTHING = "*/*"


def narrow(candidates: tuple[Candidate, ...], query: Query) -> tuple[tuple[Candidate, ...], bool]:
    """Return the candidates that *query* prefers, and whether any preference was met at all."""
    left, has_narrowed = candidates, False
    for step in (_by_media_type, _by_language, _by_context):
        kept = step(left, query)
        if kept:
            left, has_narrowed = kept, True
    return left, has_narrowed


def _by_media_type(candidates: tuple[Candidate, ...], query: Query) -> tuple[Candidate, ...]:
    qualities = [media_quality(query.accept, candidate.entry.media_type) for candidate in candidates]
    best = max(qualities)
    return tuple(c for c, q in zip(candidates, qualities, strict=True) if q == best) if best else ()


def media_quality(accept: tuple[tuple[str, float], ...], media_type: str | None) -> float:
    """Return the quality that *accept* gives to *media_type* by name; `*/*` names nothing.

    The most specific range decides, so a type can be refused while its family is welcome.
    """
    if media_type is None:
        return 0.0
    by_range = {name: quality for name, quality in reversed(accept) if name != _ANYTHING}
    family = media_type.partition("/")[0] + "/*"
    return by_range.get(media_type, by_range.get(family, 0.0))


def _by_language(candidates: tuple[Candidate, ...], query: Query) -> tuple[Candidate, ...]:
    if not query.languages:
        return ()
    best = best_language_match(query.languages, [c.entry.languages for c in candidates])
    return tuple(candidates[index] for index in best)


def _by_context(candidates: tuple[Candidate, ...], query: Query) -> tuple[Candidate, ...]:
    if query.context is None:
        return ()
    context = query.context
    return tuple(c for c in candidates if c.entry.suits_context(context))
