"""List the links of an identifier by the plainest possible scan: what the table's linkset is held to.

A linkset depends on the time, never on the caller: rules for every country are in it, and a
target that needs more values than its anchor has is not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from rules_compiler.model import (
    DEFAULT_LINK_TYPE,
    Catalogue,
    EpochSeconds,
    Organization,
    Query,
    Rule,
    SliceKey,
)
from rules_compiler.reference.conditions import is_active
from rules_compiler.reference.scopes import find_item, find_owner, find_scopes, rules_of_scope
from rules_compiler.reference.targets import find_missing_placeholder, render_target, target_of

# Accepted from customers, but no term of the vocabulary: nothing may be listed under it.
UNLISTED_LINK_TYPE = "gs1:warranty"
VERIFICATION_LINK_TYPE = "gs1:verificationService"


@dataclass(frozen=True, slots=True)
class Link:
    """A target under a link type. Without *href* it is the hosted page; *rule_id* may be nobody's.

    *preferences* are what of a caller speaks for it, in whatever words; *group* is where an arm of
    a weight group stands.
    """

    link_type: str
    rule_id: str | None = None
    href: str | None = None
    is_everywhere: bool = True
    preferences: frozenset[str] = frozenset()
    group: tuple[SliceKey, int] | None = None

    @property
    def is_for_everybody(self) -> bool:
        """Tell whether any caller may be led there."""
        return self.is_everywhere and not self.preferences


@dataclass(frozen=True, slots=True)
class Level:
    """One anchor: its default link, its own variants of that for some callers, and all its links.

    A serial is an anchor whatever is said of it, for its verification is listed there.
    """

    anchor: SliceKey
    default: Link
    variants: tuple[Link, ...]
    links: tuple[Link, ...]
    is_serial: bool = False


@dataclass(frozen=True, slots=True)
class _Shown:
    """What one scope shows at an anchor: all its links, and which of them are its default set."""

    links: list[Link]
    defaults: list[Link]


def linkset(catalogue: Catalogue, ais: Sequence[tuple[str, str]], at: EpochSeconds) -> list[Level]:
    """Return the levels that have something to say of an identifier, narrowest first.

    The primary key is always one, and speaks for its brand and organization too; so is a serial.
    An identifier that is not in the catalogue has no levels.
    """
    query = Query(ais=tuple(ais), at=at)
    item = find_item(catalogue, query)
    if item is None:
        return []
    serial = _find_serial(query)
    owner = find_owner(catalogue, item)
    if owner is None:
        bare = [_make_level(anchor, [], [], DEFAULT_LINK_TYPE) for anchor in (serial, item.key) if anchor]
        return [replace(level, is_serial=level.anchor == serial) for level in bare]
    scopes = find_scopes(catalogue, query, item, owner)
    said = [(each.anchor, rules_of_scope(catalogue, each, owner)) for each in scopes]
    levels = []
    while said:
        anchor = said[0][0]
        own = [rules for each, rules in said if each == anchor]
        is_serial = anchor == serial
        if is_serial or anchor == item.key or any(is_active(rule, at) for rules in own for rule in rules):
            here = [_drop_verification(rules) if is_serial else rules for _, rules in said]
            shown = [_show(rules, anchor, at, owner) for rules in here]
            level = _make_level(anchor, shown[: len(own)], shown[len(own) :], owner.default_link_type)
            levels.append(replace(level, is_serial=is_serial))
        said = said[len(own) :]
    return levels


def _find_serial(query: Query) -> SliceKey | None:
    values = dict(query.ais)
    if "01" not in values or "21" not in values:
        return None
    return f"01/{values['01']}/21/{quote(values['21'], safe='')}"


def _drop_verification(rules: Sequence[Rule]) -> list[Rule]:
    """Return *rules* without those that lead to a verification: that of a serial is not theirs."""
    return [rule for rule in rules if rule.link_type != VERIFICATION_LINK_TYPE]


def _make_level(anchor: SliceKey, own: list[_Shown], wider: list[_Shown], default_type: str) -> Level:
    default, variants = _find_defaults([*own, *wider], Link(default_type))
    # What is inherited is listed among the links of its type: alone it would hide them.
    types = {link.link_type for link in (*variants, default)}
    inherited = [
        _Shown([link for link in scope.links if link.link_type in types], scope.defaults) for scope in wider
    ]
    links = _drop_unreachable([*own, *inherited])
    for link in (*variants, default):
        if all(known.href != link.href for known in links):
            links.append(link)
    return Level(anchor, default, tuple(variants), tuple(links))


def _find_defaults(scopes: Iterable[_Shown], hosted: Link) -> tuple[Link, list[Link]]:
    """Return the first default that is for everybody, and those before it that can ever be reached."""
    variants: list[Link] = []
    for scope in scopes:
        narrower = list(variants)
        for link in scope.defaults:
            if link.is_for_everybody:
                return link, variants
            if not any(_is_covered(link, other) for other in narrower):
                variants.append(link)
    return hosted, variants


def _is_covered(link: Link, narrower: Link) -> bool:
    """Tell whether everybody who would prefer *link* is led to *narrower*, of a narrower scope, before."""
    return bool(link.preferences) and narrower.is_everywhere and link.preferences <= narrower.preferences


def _drop_unreachable(scopes: Iterable[_Shown]) -> list[Link]:
    """Return the links of *scopes* without those that a link of their type is always preferred to.

    That is one for everybody before them, or one of a narrower scope that holds everywhere.
    """
    reachable: list[Link] = []
    for scope in scopes:
        narrower = {link.link_type for link in reachable if link.is_everywhere}
        for link in scope.links:
            before = {
                known.link_type
                for known in reachable
                if known.is_for_everybody and (known.group is None or known.group != link.group)
            }
            if link.link_type not in narrower | before:
                reachable.append(link)
    return reachable


def _show(rules: Sequence[Rule], anchor: SliceKey, at: EpochSeconds, owner: Organization) -> _Shown:
    segments = [unquote(segment) for segment in anchor.split("/")]
    query = Query(ais=tuple(zip(segments[::2], segments[1::2], strict=True)), at=at)
    active = [rule for rule in rules if is_active(rule, at)]
    shown = [rule for rule in active if _is_shown(rule, query)]
    types = {rule.id: _describe(rule, active, owner) for rule in shown}
    typed = {(rule.link_type, target_of(rule)) for rule in shown}
    by_rule = {rule.id: _make_link(rule, types[rule.id], query) for rule in shown}
    return _Shown(
        # An untyped rule whose target stands under its type already is not listed again.
        [
            by_rule[rule.id]
            for rule in shown
            if rule.link_type or (types[rule.id], target_of(rule)) not in typed
        ],
        [by_rule[rule.id] for rule in _default_set(shown, owner)],
    )


def _default_set(rules: Sequence[Rule], owner: Organization) -> list[Rule]:
    """Return which of *rules* are the default of some caller.

    Whoever is where none without link type holds has the first of the default type that holds there.
    """
    untyped = [rule for rule in rules if rule.link_type is None]
    of_default_type = [rule for rule in rules if rule.link_type == owner.default_link_type]
    if any(not rule.location_countries for rule in untyped):
        return untyped
    everywhere = (index for index, rule in enumerate(of_default_type) if not rule.location_countries)
    return untyped + of_default_type[: next(everywhere, len(of_default_type)) + 1]


def _is_shown(rule: Rule, query: Query) -> bool:
    return (
        rule.link_type != UNLISTED_LINK_TYPE
        and not rule.location_regions
        and not rule.location_cities
        and find_missing_placeholder(rule, query) is None
    )


def _describe(rule: Rule, active: Sequence[Rule], owner: Organization) -> str:
    """Return the type of *rule*: its own, else that of an active rule with its target."""
    if rule.link_type is not None:
        return rule.link_type
    for other in active:
        if other.link_type not in (None, UNLISTED_LINK_TYPE) and target_of(other) == target_of(rule):
            return str(other.link_type)
    return owner.default_link_type


def _make_link(rule: Rule, link_type: str, query: Query) -> Link:
    wanted = {f"{language.casefold()} as language" for language in rule.languages}
    wanted |= {f"{context.casefold()} as context" for context in rule.contexts}
    if rule.media_type is not None:
        wanted.add(f"{rule.media_type.casefold()} as media type")
    href = render_target(rule, query)
    group = (rule.slice_key, rule.order_index) if rule.weight else None
    return Link(link_type, rule.id, href, not rule.location_countries, frozenset(wanted), group)
