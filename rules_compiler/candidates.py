"""Which rules are candidates for a query: those whose conditions all hold."""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from rules_compiler.compose import Level
from rules_compiler.entries import Entry
from rules_compiler.model import Query, SliceKey
from rules_compiler.places import matches_place
from rules_compiler.templates import values_of
from rules_compiler.weights import draw

_COUNTRY_LENGTH = 2


class Candidate(NamedTuple):
    """An entry whose conditions hold, with its target as this query gets it; None is the hosted page."""

    entry: Entry
    url: str | None


def find_holding(level: Level, query: Query) -> tuple[Candidate, ...]:
    """Return the entries of *level* that hold for *query*, of whatever link type.

    Of the arms of a weight group that hold it is the one that the caller gets.
    """
    country = country_of(query)
    found: list[Candidate] = []
    has_arms = False
    for entry in level.entries:
        if entry.place is not None and not matches_place(*entry.place, country, query.regions, query.cities):
            continue
        url = entry.url
        if entry.template is not None:
            url = entry.template.render(_values(query, country))
            if url is None:
                continue
        has_arms = has_arms or entry.arm is not None
        found.append(Candidate(entry, url))
    return tuple(_keep_one_arm(found, level.anchor, query.network) if has_arms else found)


def _keep_one_arm(found: list[Candidate], anchor: SliceKey, network: str) -> Iterator[Candidate]:
    """Yield the candidates in order, one for each weight group; the arms of a group stand together."""
    for place, group in groupby(
        found, key=lambda candidate: candidate.entry.arm and candidate.entry.arm.place
    ):
        if place is None:
            yield from group
        else:
            yield min(group, key=lambda candidate: _draw(candidate.entry, anchor, network))


def _draw(entry: Entry, anchor: SliceKey, network: str) -> float:
    return draw(entry.rule_id, entry.arm.weight if entry.arm else 1, anchor, network)


def country_of(query: Query) -> str | None:
    """Return the country that counts: a two-letter context speaks as if from there."""
    context = query.context
    if context and len(context) == _COUNTRY_LENGTH and context.isascii() and context.isalpha():
        return context.upper()
    return query.country


def _values(query: Query, country: str | None) -> dict[str, str]:
    told = {
        "expiry": query.expiry,
        "lang": query.languages[0] if query.languages else None,
        "country": country,
        "linkType": query.link_type,
    }
    return values_of(query.ais) | {name: value for name, value in told.items() if value is not None}


def find_candidates(
    level: Level, query: Query, asked: str | None, default_link_type: str
) -> tuple[Candidate, ...]:
    """Return the candidates of *level* for link type *asked*, or its default set for None."""
    candidates = find_holding(level, query)
    if asked is None:
        untyped = tuple(c for c in candidates if c.entry.link_type is None)
        described = (c for c in candidates if c.entry.link_type == default_link_type)
        return untyped or tuple(described)[:1]
    if asked != default_link_type:
        return tuple(c for c in candidates if c.entry.link_type == asked)
    # A rule for other places still says what its target is, or the linkset would depend on the caller.
    described_targets = {entry.url for entry in level.entries if entry.link_type is not None}
    return tuple(
        c
        for c in candidates
        if c.entry.link_type == asked or (c.entry.link_type is None and c.entry.url not in described_targets)
    )


def up_to_fallback(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Return the candidates that can win: none behind the first that is good for everybody."""
    for index, candidate in enumerate(candidates):
        if candidate.entry.is_fallback:
            return candidates[: index + 1]
    return candidates
