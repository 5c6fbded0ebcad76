"""A client of whatever resolver: it reads a linkset and follows the standard to the link that it wants.

It knows JSON and GS1-Conformant Resolver 1.2, and nothing of this project. The members of a linkset
stand narrowest anchor first. The narrowest one that has the type asked for is where a link is chosen
(clauses 2.5.9 and 2.5.10); without a type that is the narrowest one with a default link, and its
alternatives compete too. Media type, language and context then narrow what there is, in that order
(clause 2.6.3).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

VOCABULARY = "https://ref.gs1.org/voc/"
DEFAULT_LINK = f"{VOCABULARY}defaultLink"
DEFAULT_LINK_MULTI = f"{VOCABULARY}defaultLinkMulti"

Link = Mapping[str, Any]
Member = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a caller wants: a link type as full IRI, or None; the two headers; and `?context=`."""

    link_type: str | None = None
    accept: str = ""
    accept_language: str = ""
    context: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What the standard makes of a wish: 307 and one link, 300 and several, or 404 and none.

    *anchor* is where the links were found, *candidates* are those between which it chose.
    """

    status: int
    links: tuple[Link, ...] = ()
    anchor: str | None = None
    candidates: tuple[Link, ...] = ()


def choose(members: Sequence[Member], wish: Wish) -> Choice:
    """Return what a caller with *wish* is entitled to by the linkset of these *members*."""
    wanted = wish.link_type or DEFAULT_LINK
    member = next((each for each in members if wanted in each), None)
    if member is None:
        return Choice(404)
    alternatives = () if wish.link_type else member.get(DEFAULT_LINK_MULTI, ())
    candidates = (*alternatives, *member[wanted])
    left = narrow(candidates, wish)
    if wish.link_type is None and len(left) > 1:
        left = (candidates[-1],)
    return Choice(307 if len(left) == 1 else 300, left, member["anchor"], candidates)


def narrow(candidates: tuple[Link, ...], wish: Wish) -> tuple[Link, ...]:
    """Return the candidates that suit best; a step that would leave nobody is undone."""
    steps: tuple[Callable[[tuple[Link, ...], Wish], tuple[Link, ...]], ...] = (
        _by_media_type,
        _by_language,
        _by_context,
    )
    for step in steps:
        if len(candidates) > 1:
            candidates = step(candidates, wish) or candidates
    return candidates


def read_preferences(header: str) -> list[tuple[str, float]]:
    """Return the items of an `Accept` or `Accept-Language` header with their quality, best first."""
    items = []
    for item in filter(None, header.split(",")):
        name, _, quality = item.partition(";q=")
        items.append((name.strip().lower(), float(quality or 1)))
    return sorted(items, key=lambda item: -item[1])


def media_quality(accepted: Mapping[str, float], media_type: str) -> float:
    """Return how welcome *media_type* is: its most precise range decides."""
    family = media_type.partition("/")[0]
    ranges = (media_type, f"{family}/*", "*/*")
    return next((accepted[each] for each in ranges if each in accepted), 0.0)


def _by_media_type(candidates: tuple[Link, ...], wish: Wish) -> tuple[Link, ...]:
    accepted = dict(read_preferences(wish.accept))
    if not accepted.keys() - {"*/*"}:
        return ()
    qualities = [media_quality(accepted, link["type"]) if "type" in link else 0.0 for link in candidates]
    best = max(qualities)
    return tuple(link for link, quality in zip(candidates, qualities, strict=True) if quality == best > 0)


def _by_language(candidates: tuple[Link, ...], wish: Wish) -> tuple[Link, ...]:
    spoken = [[tag.lower() for tag in link.get("hreflang", ())] for link in candidates]
    for tag, quality in read_preferences(wish.accept_language):
        if not quality:
            continue
        parts = tag.split("-")
        cut = ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
        tests: list[Callable[[str], bool]] = [each.__eq__ for each in cut]
        for is_spoken in (*tests, lambda offered, tag=tag: offered.startswith(f"{tag}-")):
            found = [link for link, tags in zip(candidates, spoken, strict=True) if any(map(is_spoken, tags))]
            if found:
                return tuple(found)
    return ()


def _by_context(candidates: tuple[Link, ...], wish: Wish) -> tuple[Link, ...]:
    if wish.context is None:
        return ()
    wanted = wish.context.lower()
    return tuple(
        link for link in candidates if wanted in (context.lower() for context in link.get("context", ()))
    )
