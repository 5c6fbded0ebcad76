"""The one reference that requests read: the table that serves now, and what was composed from it."""

import asyncio
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeAlias

from resolver.callers import Alike, offers_of
from resolver.grounds import Grounds, Term
from resolver.recent import Recent
from resolver.seen_lately import SeenLately
from rules_compiler.announcement import Announcement
from rules_compiler.compose import Composition, Narrower, Ownership, compose_item, find_narrower, own
from rules_compiler.decide import Verdict
from rules_compiler.dict_table import DictTable
from rules_compiler.groups import join_traits
from rules_compiler.gs1 import Elements, slice_key
from rules_compiler.model import EpochSeconds, SliceKey
from rules_compiler.tables import ItemSlice, Table

# At some four kilobytes each, with the slice of the item.
_MAX_STANDINGS = 2_000
# At some six hundred bytes each, and two kilobytes with their rules.
_MAX_OWNERS = 40_000
_MAX_OWNERSHIPS = 4_000

# Placeholders whose values are the same for all lots and serials of an item.
_NOT_OF_A_LEVEL = frozenset({"gtin", "gtin13", "linkType", "lang", "country"})


class ServingTable(Table, Protocol):
    """A table that can be followed by the next one."""

    def adopt(self, number: int, changes: Mapping[SliceKey, bytes | None]) -> "ServingTable":
        """Return the table with *changes* applied whole."""

    def __len__(self) -> int:
        """Return how many slices it holds."""

    @property
    def overlay_size(self) -> int:
        """How many of them are newer than the files of the host."""


Claim: TypeAlias = tuple[str | None, str | None]
"""The brand of an item, and the organization that claims it."""


class Owner:
    """Who owns all items of one brand and one claim, for a term: an `Ownership` without its rules."""

    __slots__ = ("default_link_type", "is_known", "organization_id", "term", "traits")

    def __init__(self, ownership: Ownership, term: Term) -> None:
        self.organization_id = ownership.organization_id
        self.is_known = ownership.is_known
        self.default_link_type = ownership.default_link_type
        self.traits = join_traits(ownership.groups)
        self.term = term


class Standing:
    """A composition, and the term for which it may be used.

    `offers` is what its answers leave to the caller beside the link type. When `is_general`, they are the
    same for each lot and serial, and `verdicts` keeps what was decided by what was asked, and by whom.
    """

    __slots__ = ("composition", "is_general", "offers", "owner", "term", "verdicts")

    def __init__(self, composition: Composition, owner: Owner, term: Term) -> None:
        traits = composition.traits
        self.composition = composition
        self.owner = owner
        self.term = term
        self.offers = offers_of(traits)
        self.is_general = not traits.has_arms and _NOT_OF_A_LEVEL.issuperset(traits.placeholders)
        self.verdicts: dict[tuple[str | None, Alike | None], Verdict] = {}


class Holder:
    """Keeps the table that serves. Whatever goes wrong while changing it, the old one goes on.

    `changed` is set by each change, and cleared by who waits for it.
    """

    def __init__(self, now: Callable[[], EpochSeconds]) -> None:
        self.table: ServingTable = DictTable(0, {})
        self.is_loaded = False
        self.activated_at: EpochSeconds | None = None
        self.changed = asyncio.Event()
        self._now = now
        self._grounds = Grounds()
        self._standings: Recent[SliceKey, Standing] = Recent(_MAX_STANDINGS)
        self._owners: Recent[Claim, Owner] = Recent(_MAX_OWNERS)
        self._ownerships: Recent[Claim, tuple[Ownership, Term]] = Recent(_MAX_OWNERSHIPS)
        self._seen = SeenLately()

    @property
    def number(self) -> int:
        """The newest change set that is served."""
        return self.table.number

    def replace(self, table: ServingTable, changed: Iterable[SliceKey] | None = None) -> None:
        """Serve *table* from now on; it differs in the slices *changed*, or in any when that is None."""
        self.table = table
        if changed is None:
            self._grounds.change_all()
            self._standings.clear()
            self._owners.clear()
            self._ownerships.clear()
        else:
            self._grounds.change(changed)
        self.is_loaded = True
        self.activated_at = self._now()
        self.changed.set()

    def adopt(self, announcement: Announcement) -> bool:
        """Serve what *announcement* changes; return False when something before it is missing.

        An announcement that is not newer than the table changes nothing.
        """
        if announcement.seq <= self.number:
            return True
        if announcement.slices is None or announcement.seq != self.number + 1:
            return False
        self.replace(self.table.adopt(announcement.seq, announcement.slices), announcement.slices)
        return True

    def compose(self, ais: Elements, at: EpochSeconds) -> Standing | None:
        """Return who answers for *ais* at *at*, or None when the primary key is unknown."""
        ai, value = ais[0]
        key = f"{ai}/{value}" if value.isdecimal() else slice_key(ais[:1])
        standing = self._standings.get(key)
        if standing is None or not standing.term.holds_at(at):
            item = self.table.find(key)
            if not isinstance(item, ItemSlice):
                return None
            standing = self._compose(item, (), at)
            if self._standings.has_room or self._seen.note(key):
                self._standings.put(key, standing)
        # Lots and serials are endless; only what is registered may fill a cache.
        item = standing.composition.item
        narrower = find_narrower(self.table, item, ais)
        return self._compose(item, narrower, at) if narrower else standing

    def find_item(self, key: SliceKey, at: EpochSeconds) -> ItemSlice | None:
        """Return the item of *key*, decoded already if something was composed from it lately."""
        standing = self._standings.get(key)
        if standing is not None and standing.term.holds_at(at):
            return standing.composition.item
        item = self.table.find(key)
        return item if isinstance(item, ItemSlice) else None

    def stand_on(self, key: SliceKey) -> Term:
        """Return a term that ends when the slice of *key* changes."""
        return self._grounds.stand_on(key, since=-math.inf, until=math.inf)

    def _compose(self, item: ItemSlice, narrower: Sequence[Narrower], at: EpochSeconds) -> Standing:
        owner = self.find_owner(item, at)
        composition = compose_item(item, narrower, self.find_ownership(item, at), at)
        return Standing(composition, owner, self.term_of(item, owner, at, composition.until))

    def term_of(self, item: ItemSlice, owner: Owner, since: EpochSeconds, until: EpochSeconds) -> Term:
        """Return the term of what is made from *item*, what is below it, and what its *owner* says."""
        return self._grounds.stand_on(item.key, since=since, until=until, wider=owner.term)

    def find_owner(self, item: ItemSlice, at: EpochSeconds) -> Owner:
        """Return who owns *item* at *at*."""
        claim = (item.brand_id, item.owner_id)
        owner = self._owners.get(claim)
        if owner is None or not owner.term.holds_at(at):
            owner = Owner(*self._own(claim, at))
            self._owners.put(claim, owner)
        return owner

    def find_ownership(self, item: ItemSlice, at: EpochSeconds) -> Ownership:
        """Return who owns *item* at *at*, with the rules for all that he owns."""
        return self._own((item.brand_id, item.owner_id), at)[0]

    def _own(self, claim: Claim, at: EpochSeconds) -> tuple[Ownership, Term]:
        known = self._ownerships.get(claim)
        if known is None or not known[1].holds_at(at):
            ownership = own(self.table, *claim, at)
            known = (ownership, self._grounds.stand_on(*ownership.keys, since=at, until=ownership.until))
            self._ownerships.put(claim, known)
        return known
