"""The linkset of an identifier: every link that there is, one anchor a level (RFC 9264, GS1 1.2).

It depends on time and on nothing else of the request. Links that hold only in some countries
carry them as `context`; links that hold only in a region or city, and templates with a value
that the anchor does not have, are left out.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from resolver.verification_link import VerificationLink
from rules_compiler.candidates import Candidate
from rules_compiler.compose import Composition, Level
from rules_compiler.entries import Arm, Entry, shares_place
from rules_compiler.gs1 import parse_path
from rules_compiler.link_types import is_listed, to_iri
from rules_compiler.model import SliceKey
from rules_compiler.templates import values_of

_LANGUAGE_LENGTH = 2
# Of one linkset there are a few, and their templates ask for the same values.
_KNOWN_ANCHORS = 64

Link = dict[str, Any]


class Listed(NamedTuple):
    """One entry as the linkset shows it: its target for this anchor and the type it stands under.

    A twin is an entry without link type whose target stands under that type already.
    """

    entry: Entry
    href: str
    link_type: str
    is_twin: bool = False

    @property
    def is_everywhere(self) -> bool:
        """Whether the entry is a candidate for every caller, wherever he is."""
        return self.entry.place is None

    @property
    def is_universal(self) -> bool:
        """Whether the entry is good for every caller, wherever and whoever."""
        return self.entry.is_fallback and self.is_everywhere

    @property
    def preferences(self) -> frozenset[tuple[str, str]]:
        """What a caller may ask for that speaks for the entry."""
        entry = self.entry
        return frozenset(
            (
                *(("language", tag) for tag in entry.languages),
                *(("context", context.casefold()) for context in entry.contexts),
                *((("type", entry.media_type),) if entry.media_type else ()),
            )
        )


def build_linkset(
    composition: Composition, root: str, verification: VerificationLink | None = None
) -> list[dict[str, Any]]:
    """Return the members of the linkset, narrowest anchor first; *root* begins every URI of ours.

    Where a serial is asked about, *verification* makes it an anchor, with that link.
    """
    item_key = composition.item.key
    levels = verification.levels(composition.levels) if verification else composition.levels
    # A wildcard shares the anchor of the value that it stands for.
    anchors = dict.fromkeys((*(level.anchor for level in levels), item_key))
    firsts = {level.anchor: index for index, level in reversed([*enumerate(levels)])}
    members = []
    for anchor in anchors:
        own = levels[firsts.get(anchor, len(levels)) :]
        if verification is not None and anchor == verification.anchor:
            members.append(_member(composition, anchor, verification.unrivalled(own), root))
            verification.add_to(members[-1])
        else:
            members.append(_member(composition, anchor, own, root))
    return members


def choices_linkset(
    composition: Composition, choices: Iterable[Candidate], anchor: str, hosted_url: str
) -> list[dict[str, Any]]:
    """Return the candidates of a 300 answer as a linkset with one anchor, the URI asked for."""
    to_link = _link_maker(composition.item.name)
    member: dict[str, Any] = {"anchor": anchor, "itemDescription": composition.item.name}
    for entry, url in choices:
        link_type = entry.link_type or composition.default_link_type
        link = to_link(Listed(entry, url or hosted_url, link_type))
        member.setdefault(to_iri(link_type), []).append(link)
    return [member]


def _member(composition: Composition, anchor: SliceKey, levels: Sequence[Level], root: str) -> dict[str, Any]:
    name, default_type = composition.item.name, composition.default_link_type
    scopes = [_listed(level.entries, composition, anchor, root) for level in levels]
    own = sum(level.anchor == anchor for level in levels)
    to_link = _link_maker(name)
    hosted = _hosted_default(default_type, f"{root}/p/{anchor}")
    default, variants = _defaults(scopes, default_type, hosted)
    member: dict[str, Any] = {"anchor": f"{root}/{anchor}", "itemDescription": name}
    member[to_iri("gs1:defaultLink")] = [{"href": default.href, "title": default.entry.title or name}]
    if variants:
        member[to_iri("gs1:defaultLinkMulti")] = [to_link(listed) for listed in variants]
    for listed in _links(scopes[:own], scopes[own:], [*variants, default]):
        member.setdefault(to_iri(listed.link_type), []).append(to_link(listed))
    return member


def _links(
    own: Sequence[list[Listed]], wider: Sequence[list[Listed]], defaults: Sequence[Listed]
) -> list[Listed]:
    """Return all links of an anchor: those of its *own* scopes, and its *defaults* among their like.

    A default of a *wider* scope brings the links of its type along, or it would hide them from a
    client that asks the narrowest anchor for that type.
    """
    types = {listed.link_type for listed in defaults}
    inherited = ([listed for listed in links if listed.link_type in types] for links in wider)
    links = _reachable((*own, *inherited))
    for listed in defaults:
        if all(known.href != listed.href for known in links):
            links.append(listed)
    return links


def _reachable(scopes: Iterable[list[Listed]]) -> list[Listed]:
    """Return the links of *scopes* that can answer for their type.

    None behind a link that is good for everybody can, but for the other arms of its weight group,
    and none of a wider scope when a narrower one has a candidate wherever the caller is.
    """
    kept: list[Listed] = []
    closed: dict[str, Arm | None] = {}
    for links in scopes:
        answered: set[str] = set()
        for listed in links:
            arm = listed.entry.arm
            is_closed = listed.link_type in closed and not shares_place(arm, closed[listed.link_type])
            if listed.is_twin or is_closed:
                continue
            kept.append(listed)
            if listed.is_universal:
                closed.setdefault(listed.link_type, arm)
            elif listed.is_everywhere:
                answered.add(listed.link_type)
        closed = dict.fromkeys((*closed, *answered))
    return kept


def _defaults(
    scopes: Iterable[list[Listed]], default_type: str, hosted: Listed
) -> tuple[Listed, list[Listed]]:
    """Return the default link of the narrowest of *scopes*, and the candidates that come before it.

    One of a wider scope that asks for nothing but what a narrower one asks for is never reached.
    """
    variants: list[Listed] = []
    for links in scopes:
        narrower = [listed.preferences for listed in variants if listed.is_everywhere]
        for listed in _default_set(links, default_type):
            if listed.is_universal:
                return listed, variants
            if not listed.preferences or not any(listed.preferences <= each for each in narrower):
                variants.append(listed)
    return hosted, variants


def _default_set(links: list[Listed], default_type: str) -> list[Listed]:
    """Return what a scope answers by default to some caller.

    Where no link without type holds, the first of the descriptive default type that does is its default.
    """
    found = [link for link in links if link.entry.link_type is None]
    if not any(link.is_everywhere for link in found):
        for link in links:
            if link.entry.link_type == default_type:
                found.append(link)
                if link.is_everywhere:
                    break
    return found


def _listed(entries: Sequence[Entry], composition: Composition, anchor: SliceKey, root: str) -> list[Listed]:
    """Return the *entries* that a linkset may show, each under a type that says what it is."""
    entries = tuple(entries)
    described = {
        entry.url: entry.link_type
        for entry in reversed(entries)
        if entry.link_type is not None and is_listed(entry.link_type)
    }
    shown = [
        (entry, href)
        for entry in entries
        if _is_shown(entry) and (href := _href(entry, anchor, root)) is not None
    ]
    typed = {(entry.link_type, entry.url) for entry, _ in shown}
    links = []
    for entry, href in shown:
        link_type = entry.link_type or described.get(entry.url, composition.default_link_type)
        is_twin = entry.link_type is None and (link_type, entry.url) in typed
        links.append(Listed(entry, href, link_type, is_twin))
    return links


def _is_shown(entry: Entry) -> bool:
    is_local = entry.place is not None and bool(entry.place.regions or entry.place.cities)
    return not is_local and (entry.link_type is None or is_listed(entry.link_type))


def _href(entry: Entry, anchor: SliceKey, root: str) -> str | None:
    if entry.template is not None:
        return entry.template.render(_values_of(anchor))
    return f"{root}/p/{anchor}" if entry.url is None else entry.url


@lru_cache(maxsize=_KNOWN_ANCHORS)
def _values_of(anchor: SliceKey) -> dict[str, str]:
    return values_of(parse_path(b"/" + anchor.encode()).ais)


def _hosted_default(link_type: str, href: str) -> Listed:
    entry = Entry("", "", None, None, None, None, (), None, (), None, None)
    return Listed(entry, href, link_type)


def _link_maker(name: str) -> Callable[[Listed], Link]:
    """Return the function that writes a link object; *name* titles links that have no title."""

    def to_link(listed: Listed) -> Link:
        entry = listed.entry
        link: Link = {"href": listed.href, "title": entry.title or name}
        if listed.is_universal:
            return link
        if entry.media_type:
            link["type"] = entry.media_type
        languages = [tag for tag in map(_hreflang, entry.languages) if tag is not None]
        if languages:
            link["hreflang"] = list(dict.fromkeys(languages))
        countries = entry.place.countries if entry.place else ()
        contexts = [*entry.contexts, *(country.upper() for country in countries)]
        if contexts:
            link["context"] = contexts
        return link

    return to_link


def _hreflang(tag: str) -> str | None:
    """Return *tag* as the schema admits it, `ll` or `ll-CC`, or None for a language of three letters.

    Scripts and regions by number are cut.
    """
    language, *rest = tag.split("-")
    if len(language) != _LANGUAGE_LENGTH:
        return None
    region = next((part for part in rest if len(part) == _LANGUAGE_LENGTH), None)
    return f"{language}-{region.upper()}" if region else language
