"""Redirects for who asks for an item and nothing else: told from default sets, composing nothing."""

import math
from collections.abc import Iterable, Iterator
from functools import lru_cache

from resolver.answers import LINKSET_LINK_END, Parts, redirect_headers
from resolver.asked_hosts import AskedHost, Form
from resolver.callers import Caller, offers_of
from resolver.holder import Holder, Owner
from resolver.kept_answers import KeptAnswers, KeptRedirect
from resolver.negotiate import parse_accept, parse_accept_language
from resolver.profiles import Profile
from resolver.scans import Subject
from rules_compiler.choose_default import choose_default
from rules_compiler.compose import Narrower, find_narrower, find_owner
from rules_compiler.default_set import FOR_ALL, Target
from rules_compiler.groups import Group, join_traits
from rules_compiler.gs1 import DigitalLink, Elements, read_plain_gtin
from rules_compiler.model import DEFAULT_LINK_TYPE, EpochSeconds, Query
from rules_compiler.tables import ItemSlice
from rules_compiler.templates import fill, values_of

_ITEM_KEY_LENGTH = len("01/") + 14
_KNOWN_CHOICES = 8_192
_HOSTED_PAGE = Target("", None, None)


class PlainRedirects:
    """Tells where a GTIN, or something below it, leads who asks for no link type from nowhere known."""

    def __init__(self, holder: Holder, profile: Profile, kept: KeptAnswers) -> None:
        self._holder = holder
        self._kept = kept
        self._status = profile.redirect_status

    def find(
        self, asked: AskedHost, form: Form, raw_path: bytes, caller: Caller, at: EpochSeconds
    ) -> Parts | None:
        """Return the redirect; None when it takes more to tell, or when there is none."""
        link = read_plain_gtin(asked.below_root(raw_path))
        item = self._find_item(link, at)
        if link is None or item is None:
            return None
        owner = self._holder.find_owner(item, at)
        owner_id = find_owner(item, owner.organization_id)
        if owner_id is None or not owner.is_known or asked.is_foreign_to(owner_id):
            return None
        narrower = find_narrower(self._holder.table, item, link.ais)
        groups = _find_groups(owner_id, narrower, item)
        chosen = _choose_target(self._with_wider(groups, item, at), link.ais, caller, owner, at)
        if chosen is None:
            return None
        target, until = chosen
        url = fill(target.parts, _values(link.ais, caller)) if target.parts else target.url
        key = raw_path[asked.key_start :]
        location = url.encode() if url else b"%b/p/%b" % (asked.root, key)
        subject = Subject(owner_id, item.brand_id, target.rule_id or None, "redirect" if url else "hosted")
        if _is_registered(link, narrower) and (place := self._kept.place_for(asked, form, raw_path)):
            traits = join_traits(groups, owner.traits)
            if not traits.has_arms:
                kept = KeptRedirect(location, subject, self._holder.term_of(item, owner, at, until))
                self._kept.keep_redirect(place, kept, caller, offers_of(traits))
        headers = redirect_headers(location, b"%b%b%b" % (asked.link_start, raw_path, LINKSET_LINK_END))
        return self._status, headers, b"", key, subject

    def _find_item(self, link: DigitalLink | None, at: EpochSeconds) -> ItemSlice | None:
        """Return the item of *link*, if it redirects anybody. One that is there has a right check digit."""
        item = self._holder.find_item(link.slice_key[:_ITEM_KEY_LENGTH], at) if link is not None else None
        return item if item is not None and item.is_resolvable else None

    def _with_wider(self, groups: Iterable[Group], item: ItemSlice, at: EpochSeconds) -> Iterator[Group]:
        """Yield *groups*, then those for all that the owner has; few requests come to these."""
        yield from groups
        yield from self._holder.find_ownership(item, at).groups


def _find_groups(owner_id: str, narrower: Iterable[Narrower], item: ItemSlice) -> list[Group]:
    """Return what *owner_id* says of the item and of what is below it, narrow to wide."""
    pieces = (*[piece for _, piece in narrower], item)
    return [group for piece in pieces if (group := piece.groups.get(owner_id)) is not None]


def _choose_target(
    groups: Iterable[Group], ais: Elements, caller: Caller, owner: Owner, at: EpochSeconds
) -> tuple[Target, EpochSeconds] | None:
    """Return what wins at *at*, and until when nothing else does, or None when it has to be judged."""
    until = math.inf
    for group in groups:
        default_set = group.default_set
        if default_set is None:
            return None
        if default_set.is_descriptive and owner.default_link_type != DEFAULT_LINK_TYPE:
            return None
        if default_set.criteria == FOR_ALL:
            return default_set.targets[0], until
        closed: tuple[int, ...] = ()
        if default_set.has_schedules:
            closed, changes_at = default_set.find_closed(at)
            until = min(until, changes_at)
        index = _choose(default_set.criteria, frozenset(values_of(ais)), closed, *caller[:2])
        if index is not None:
            return default_set.targets[index], until
    return _HOSTED_PAGE, until


@lru_cache(maxsize=_KNOWN_CHOICES)
def _choose(
    criteria: bytes, names: frozenset[str], closed: tuple[int, ...], accept: bytes, accept_language: bytes
) -> int | None:
    query = Query((), 0.0, accept=parse_accept(accept), languages=parse_accept_language(accept_language))
    return choose_default(criteria, names, closed, query)


def _values(ais: Elements, caller: Caller) -> dict[str, str]:
    values = values_of(ais)
    for language in parse_accept_language(caller[1])[:1]:
        values["lang"] = language
    return values


def _is_registered(link: DigitalLink, narrower: list[Narrower]) -> bool:
    """Return whether somebody said something of exactly this identifier: only that may be kept."""
    return len(link.ais) == 1 or (bool(narrower) and narrower[0][1].key == link.slice_key)
