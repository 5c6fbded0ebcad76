"""The one reference that requests read: the table that serves now, and what was composed from it."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from resolver.grounds import Ground, Grounds
from resolver.recent import Recent
from rules_compiler.announcement import Announcement
from rules_compiler.compose import Composition, compose
from rules_compiler.decide import Verdict
from rules_compiler.dict_table import DictTable
from rules_compiler.gs1 import SHAPES, Elements, slice_key
from rules_compiler.model import WILDCARD, EpochSeconds, SliceKey
from rules_compiler.tables import Entry, ItemSlice, Table

_COMPOSITION_BYTES = 16 * 1024 * 1024
# What a composition takes in memory: at least, and for each entry.
_LEAST_BYTES = 1_500
_ENTRY_BYTES = 900


class ServingTable(Table, Protocol):
    """A table that can be followed by the next one."""

    def adopt(self, number: int, changes: Mapping[SliceKey, bytes | None]) -> "ServingTable":
        """Return the table with *changes* applied whole."""

    def __len__(self) -> int:
        """Return how many slices it holds."""


class Standing:
    """A composition as long as it may be used: from *since* until its own end, while its grounds hold.

    `varies` says that answers depend on more of the caller than the link type asked for; where they do
    not, `verdicts` keeps what was decided by link type.
    """

    __slots__ = ("_brand", "_item", "_organization", "composition", "since", "varies", "verdicts")

    def __init__(
        self,
        composition: Composition,
        since: EpochSeconds,
        item: Ground,
        brand: Ground,
        organization: Ground,
    ) -> None:
        self.composition = composition
        self.since = since
        self._item = item
        self._brand = brand
        self._organization = organization
        self.varies = composition.has_arms or any(
            _varies(entry) for level in composition.levels for entry in level.entries
        )
        self.verdicts: dict[str | None, Verdict] = {}

    def holds_at(self, at: EpochSeconds) -> bool:
        """Return whether nothing has changed since, and no window opens or closes before *at*."""
        return (
            self.since <= at < self.composition.until
            and self._item.holds
            and self._brand.holds
            and self._organization.holds
        )


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
        self._standings: Recent[SliceKey, Standing] = Recent(_COMPOSITION_BYTES)

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
        if standing is None or not standing.holds_at(at):
            standing = self._compose(ais[:1], at)
            if standing is None:
                return None
            entries = sum(len(level.entries) for level in standing.composition.levels)
            self._standings.put(key, standing, _LEAST_BYTES + _ENTRY_BYTES * entries)
        # Lots and serials are endless; only what is registered may fill a cache.
        if len(ais) > 1 and _may_say_more(standing.composition.item, ais):
            return self._compose(ais, at)
        return standing

    def ground_of(self, key: SliceKey) -> Ground:
        """Return what stands for the slice of *key* as it is now."""
        return self._grounds.of(key)

    def _compose(self, ais: Elements, at: EpochSeconds) -> Standing | None:
        composition = compose(self.table, ais, at)
        if composition is None:
            return None
        grounds = (self._grounds.of(key) for key in (composition.item.key, *composition.owners))
        return Standing(composition, at, *grounds)


def _may_say_more(item: ItemSlice, ais: Elements) -> bool:
    """Return whether there can be a slice for a level of *ais* below *item*."""
    if not item.narrower:
        return False
    shapes = SHAPES[tuple([ai for ai, _ in ais])]
    return any(shape in item.narrower or shape + WILDCARD in item.narrower for shape in shapes)


def _varies(entry: Entry) -> bool:
    """Return whether it depends on who asks that *entry* answers, and how."""
    is_for_some = entry.languages or entry.media_type or entry.place is not None
    return bool(is_for_some) or entry.template is not None
