"""The one reference that requests read: the table that serves now, and what was composed from it."""

import asyncio
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from resolver.grounds import Grounds, Term
from resolver.recent import Recent
from rules_compiler.announcement import Announcement
from rules_compiler.compose import Composition, compose
from rules_compiler.decide import Verdict
from rules_compiler.dict_table import DictTable
from rules_compiler.gs1 import SHAPES, Elements, slice_key
from rules_compiler.model import WILDCARD, EpochSeconds, SliceKey
from rules_compiler.tables import ItemSlice, Table

_COMPOSITION_BYTES = 16 * 1024 * 1024
# What a composition takes in memory: at least, and for each entry.
_LEAST_BYTES = 1_500
_ENTRY_BYTES = 900

# Placeholders whose values come from the caller, and those that are the same for all of an item.
_OF_THE_CALLER = frozenset({"lang", "country"})
_OF_THE_ITEM = frozenset({"gtin", "gtin13", "linkType"})


class ServingTable(Table, Protocol):
    """A table that can be followed by the next one."""

    def adopt(self, number: int, changes: Mapping[SliceKey, bytes | None]) -> "ServingTable":
        """Return the table with *changes* applied whole."""

    def __len__(self) -> int:
        """Return how many slices it holds."""


class Standing:
    """A composition, and the term for which it may be used.

    `varies` says that answers depend on more of the caller than the link type asked for, `is_general`
    that they are the same for each lot and serial. Where both allow, `verdicts` keeps what was decided
    by link type.
    """

    __slots__ = ("composition", "is_general", "term", "varies", "verdicts")

    def __init__(self, composition: Composition, term: Term) -> None:
        self.composition = composition
        self.term = term
        self.varies = composition.has_arms
        self.is_general = True
        for level in composition.levels:
            for entry in level.entries:
                if entry.languages or entry.media_type or entry.place:
                    self.varies = True
                if entry.template is not None:
                    self.varies = self.varies or not _OF_THE_CALLER.isdisjoint(entry.template.names)
                    self.is_general = self.is_general and entry.template.names <= _OF_THE_ITEM
        self.verdicts: dict[str | None, Verdict] = {}


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
        if standing is None or not standing.term.holds_at(at):
            standing = self._compose(ais[:1], at)
            if standing is None:
                return None
            entries = sum(len(level.entries) for level in standing.composition.levels)
            self._standings.put(key, standing, _LEAST_BYTES + _ENTRY_BYTES * entries)
        # Lots and serials are endless; only what is registered may fill a cache.
        if len(ais) > 1 and _may_say_more(standing.composition.item, ais):
            return self._compose(ais, at)
        return standing

    def stand_on(self, key: SliceKey) -> Term:
        """Return a term that ends when the slice of *key* changes."""
        return self._grounds.stand_on((key, key, key), -math.inf, math.inf)

    def _compose(self, ais: Elements, at: EpochSeconds) -> Standing | None:
        composition = compose(self.table, ais, at)
        if composition is None:
            return None
        keys = (composition.item.key, *composition.owners)
        return Standing(composition, self._grounds.stand_on(keys, at, composition.until))


def _may_say_more(item: ItemSlice, ais: Elements) -> bool:
    """Return whether there can be a slice for a level of *ais* below *item*."""
    if not item.narrower:
        return False
    shapes = SHAPES[tuple([ai for ai, _ in ais])]
    return any(shape in item.narrower or shape + WILDCARD in item.narrower for shape in shapes)
