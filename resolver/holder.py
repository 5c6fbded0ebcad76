"""The one reference that requests read: the table that serves now, and what was composed from it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from rules_compiler.announcement import Announcement
from rules_compiler.compose import Composition, compose
from rules_compiler.dict_table import DictTable
from rules_compiler.gs1 import slice_key
from rules_compiler.model import EpochSeconds, SliceKey
from rules_compiler.tables import ItemSlice

_MAX_COMPOSITIONS = 10_000


@dataclass(frozen=True, slots=True)
class Held:
    """A table, and the compositions made from it. Both go together when the next table comes."""

    table: DictTable
    compositions: dict[SliceKey, tuple[EpochSeconds, Composition]] = field(default_factory=dict)

    def compose(self, ais: tuple[tuple[str, str], ...], at: EpochSeconds) -> Composition | None:
        """Return who answers for *ais* at *at*, or None when the primary key is unknown."""
        key = slice_key(ais[:1])
        if len(ais) > 1:
            item = self.table.find(key)
            if not isinstance(item, ItemSlice):
                return None
            if item.narrower:
                # Lots and serials are endless; only what is registered may fill the cache.
                return compose(self.table, ais, at)
        cached = self.compositions.get(key)
        if cached is not None and cached[0] <= at < cached[1].until:
            return cached[1]
        composition = compose(self.table, ais[:1], at)
        if composition is not None:
            if len(self.compositions) >= _MAX_COMPOSITIONS:
                self.compositions.clear()
            self.compositions[key] = (at, composition)
        return composition


class Holder:
    """Keeps the table that serves. Whatever goes wrong while changing it, the old one goes on.

    `changed` is set by each change, and cleared by who waits for it.
    """

    def __init__(self, now: Callable[[], EpochSeconds]) -> None:
        self.held = Held(DictTable(0, {}))
        self.is_loaded = False
        self.activated_at: EpochSeconds | None = None
        self.changed = asyncio.Event()
        self._now = now

    @property
    def number(self) -> int:
        """The newest change set that is served."""
        return self.held.table.number

    def replace(self, table: DictTable) -> None:
        """Serve *table* from now on."""
        self.held = Held(table)
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
        self.replace(self.held.table.adopt(announcement.seq, announcement.slices))
        return True
