"""The linkset of an identifier: every link that there is, one anchor a level (RFC 9264, GS1 1.2).

It depends on time and on nothing else of the request. Links that hold only in some countries
carry them as `context`; links that hold only in a region or city, and templates with a value
that the anchor does not have, are left out.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from resolver.link_objects import Anchor, conditions_of, find_href, is_shown, to_link
from resolver.verification_link import VerificationLink
from rules_compiler.candidates import Candidate
from rules_compiler.compose import Composition, Level
from rules_compiler.entries import Arm, Entry, shares_place
from rules_compiler.link_types import is_listed, to_iri
from rules_compiler.model import SliceKey
from rules_compiler.templates import encoded_values_of

_DEFAULT_LINK = to_iri("gs1:defaultLink")
_DEFAULT_LINK_MULTI = to_iri("gs1:defaultLinkMulti")

Member = dict[str, Any]


class Listed(NamedTuple):
    """One entry as the linkset shows it: its target for this anchor and the type it stands under."""

    entry: Entry
    href: str
    link_type: str


class _Scope(NamedTuple):
    """The entries of one level, with what they say of the targets of those without link type.

    `told` has the type of a target, and whether the linkset shows the target under that type anyway.
    """

    entries: Sequence[Entry]
    told: Mapping[str | None, tuple[str, bool]]


# The default of an anchor for which nobody says one.
_NO_RULE = Entry("", "", None, None, None, None, (), None, (), None, None)


def build_linkset(
    composition: Composition, root: str, verification: VerificationLink | None = None
) -> list[Member]:
    """Return the members of the linkset, narrowest anchor first; *root* begins every URI of ours.

    Where a serial is asked about, *verification* makes it an anchor, with that link.
    """
    levels = verification.levels(composition.levels) if verification else composition.levels
    # A wildcard shares the anchor of the value that it stands for.
    firsts: dict[SliceKey, int] = {}
    for index, level in enumerate(levels):
        firsts.setdefault(level.anchor, index)
    firsts.setdefault(composition.item.key, len(levels))
    members = []
    for anchor, first in firsts.items():
        heard = levels[first:]
        if verification is not None and anchor == verification.anchor:
            members.append(_member(composition, anchor, verification.unrivalled(heard), root))
            verification.add_to(members[-1])
        else:
            members.append(_member(composition, anchor, heard, root))
    return members


def choices_linkset(
    composition: Composition, choices: Iterable[Candidate], anchor: str, hosted_url: str
) -> list[Member]:
    """Return the candidates of a 300 answer as a linkset with one anchor, the URI asked for."""
    name = composition.item.name
    member: Member = {"anchor": anchor, "itemDescription": name}
    for entry, url in choices:
        link_type = entry.link_type or composition.default_link_type
        link = to_link(entry, url or hosted_url, name)
        member.setdefault(to_iri(link_type), []).append(link)
    return [member]


def _member(composition: Composition, key: SliceKey, levels: Sequence[Level], root: str) -> Member:
    values = encoded_values_of(key) if composition.traits.placeholders else {}
    anchor = Anchor(composition.item.name, f"{root}/p/{key}", composition.default_link_type, values)
    own = [_to_scope(level) for level in levels if level.anchor == key]
    default, variants = _find_default(own, anchor)
    if default is None:
        default, variants = _find_default([*own, *map(_to_scope, levels[len(own) :])], anchor)
    default = default or Listed(_NO_RULE, anchor.hosted_url, anchor.default_link_type)
    defaults = [*variants, default]
    member: Member = {"anchor": f"{root}/{key}", "itemDescription": anchor.name}
    member[_DEFAULT_LINK] = [{"href": default.href, "title": default.entry.title or anchor.name}]
    if variants:
        member[_DEFAULT_LINK_MULTI] = [to_link(entry, href, anchor.name) for entry, href, _ in variants]
    links = _Links(member, anchor)
    for scope in own:
        links.add(scope)
    if len(own) < len(levels):
        # A default of a wider scope brings the links of its type along, or it would hide them from a
        # client that asks the narrowest anchor for that type.
        types = {listed.link_type for listed in defaults}
        if not types <= links.closed:
            for level in levels[len(own) :]:
                links.add(_to_scope(level), types)
    links.add_defaults(defaults)
    return member


class _Links:
    """Writes the links that can answer for their type into a *member*, scope by scope, narrowest first.

    `closed` are the types of which no wider scope has a link to add: wherever the caller is, one of those
    that are written is a candidate.
    """

    __slots__ = ("_anchor", "_hrefs", "_member", "closed")

    def __init__(self, member: Member, anchor: Anchor) -> None:
        self._member = member
        self._anchor = anchor
        self._hrefs: set[str] = set()
        self.closed: set[str] = set()

    def add(self, scope: _Scope, types: Collection[str] | None = None) -> None:
        """Add the links of the next scope, or those of *types* alone.

        Behind one that is good for everybody only the other arms of its weight group can answer.
        """
        anchor, member, hrefs, closed = self._anchor, self._member, self._hrefs, self.closed
        answered: list[str] = []
        universal: dict[str, Arm | None] = {}
        for entry in scope.entries:
            link_type, is_told = entry.link_type, False
            if link_type is None:
                link_type, is_told = scope.told.get(entry.url) or (anchor.default_link_type, False)
            elif not is_listed(link_type):
                continue
            if is_told or link_type in closed or (types is not None and link_type not in types):
                continue
            if link_type in universal and not shares_place(entry.arm, universal[link_type]):
                continue
            href = entry.url
            if href is None or entry.template is not None or entry.place is not None:
                href = find_href(entry, anchor)
                if href is None:
                    continue
            link = {"href": href, "title": entry.title or anchor.name}
            if entry.place is None and entry.is_fallback:
                universal.setdefault(link_type, entry.arm)
            else:
                link |= conditions_of(entry)
                if entry.place is None:
                    answered.append(link_type)
            hrefs.add(href)
            member.setdefault(to_iri(link_type), []).append(link)
        closed.update(universal, answered)

    def add_defaults(self, defaults: Iterable[Listed]) -> None:
        """Add the *defaults* among their like, those whose targets are not there yet."""
        for listed in defaults:
            if listed.href not in self._hrefs:
                self._hrefs.add(listed.href)
                link = to_link(listed.entry, listed.href, self._anchor.name)
                self._member.setdefault(to_iri(listed.link_type), []).append(link)


def _find_default(scopes: Iterable[_Scope], anchor: Anchor) -> tuple[Listed | None, list[Listed]]:
    """Return the default link of the narrowest of *scopes*, and the candidates that come before it.

    One of a wider scope that asks for nothing but what a narrower one asks for is never reached.
    """
    variants: list[Listed] = []
    for scope in scopes:
        narrower = [_preferences_of(each.entry) for each in variants if each.entry.place is None]
        for listed in _default_set(scope, anchor):
            preferences = _preferences_of(listed.entry)
            if not preferences and listed.entry.place is None:
                return listed, variants
            if not preferences or not any(preferences <= each for each in narrower):
                variants.append(listed)
    return None, variants


def _default_set(scope: _Scope, anchor: Anchor) -> list[Listed]:
    """Return what a scope answers by default to some caller, up to the first that is good for everybody.

    Where no link without type holds, the first of the descriptive default type that does is its default.
    """
    default_type = anchor.default_link_type
    found = []
    is_answered = False
    for entry in scope.entries:
        if entry.link_type is None and (href := find_href(entry, anchor)) is not None:
            link_type, _ = scope.told.get(entry.url) or (default_type, False)
            found.append(Listed(entry, href, link_type))
            is_answered = is_answered or entry.place is None
            if entry.place is None and entry.is_fallback:
                break
    if is_answered or not is_listed(default_type):
        return found
    for entry in scope.entries:
        if entry.link_type == default_type and (href := find_href(entry, anchor)) is not None:
            found.append(Listed(entry, href, default_type))
            if entry.place is None:
                break
    return found


def _preferences_of(entry: Entry) -> frozenset[tuple[str, str]]:
    """Return what a caller may ask for that speaks for *entry*."""
    if entry.is_fallback:
        return frozenset()
    return frozenset(
        (
            *(("language", tag) for tag in entry.languages),
            *(("context", context.casefold()) for context in entry.contexts),
            *((("type", entry.media_type),) if entry.media_type else ()),
        )
    )


def _to_scope(level: Level) -> _Scope:
    entries = [*iter(level.entries)]
    # Mostly each entry has a target of its own, so that none says anything of another's.
    has_told = len({entry.url for entry in entries}) < len(entries)
    return _Scope(entries, _tell_types(entries) if has_told else {})


def _tell_types(entries: Iterable[Entry]) -> dict[str | None, tuple[str, bool]]:
    """Return by target what *entries* with a link type say of it, as a scope has it."""
    told: dict[str | None, tuple[str, bool]] = {}
    for entry in entries:
        if entry.link_type is None or not is_listed(entry.link_type):
            continue
        # The first says it, wherever it holds, or the linkset would depend on the caller.
        link_type, is_there = told.get(entry.url) or (entry.link_type, False)
        if link_type == entry.link_type:
            told[entry.url] = (link_type, is_there or is_shown(entry))
    return told
