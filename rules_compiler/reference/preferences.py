"""Which of several candidates a caller would rather have."""

from rules_compiler.model import Query, Rule

Rank = tuple[float, ...]
"""How well a rule suits a caller: the smaller the better. A rule that does not suit has none."""


def has_preferences(rule: Rule) -> bool:
    """Tell whether *rule* would rather answer some callers than others."""
    return bool(rule.languages or rule.media_type or rule.contexts)


def narrow(candidates: list[Rule], query: Query) -> tuple[list[Rule], bool]:
    """Return the candidates that suit *query* best, and whether any preference told them apart.

    A preference that no candidate meets is left aside, as if it had not been asked.
    """
    is_narrowed = False
    for rank in (_rank_media_type, _rank_language, _rank_context):
        ranks = [rank(rule, query) for rule in candidates]
        best = min((each for each in ranks if each is not None), default=None)
        if best is not None:
            candidates = [rule for rule, each in zip(candidates, ranks, strict=True) if each == best]
            is_narrowed = True
    return candidates, is_narrowed


def _rank_media_type(rule: Rule, query: Query) -> Rank | None:
    """Rank by the quality of the most specific range that names the rule's media type."""
    if rule.media_type is None:
        return None
    media_type = rule.media_type.lower()
    qualities = {media_range.lower(): quality for media_range, quality in query.accept}
    for media_range in (media_type, media_type.partition("/")[0] + "/*"):
        if media_range in qualities:
            quality = qualities[media_range]
            return (-quality,) if quality > 0 else None
    return None


def _rank_language(rule: Rule, query: Query) -> Rank | None:
    """Rank by the earliest requested tag that the rule speaks, and how closely it does."""
    offered = [language.lower() for language in rule.languages]
    for position, tag in enumerate(query.languages):
        subtags = tag.split("-")
        shorter = ["-".join(subtags[:length]) for length in range(len(subtags), 0, -1)]
        for distance, each in enumerate(shorter):
            if each in offered:
                return (position, distance)
        if any(language.startswith(f"{tag}-") for language in offered):
            return (position, len(shorter))
    return None


def _rank_context(rule: Rule, query: Query) -> Rank | None:
    if query.context is None:
        return None
    return (0,) if query.context.casefold() in {each.casefold() for each in rule.contexts} else None
