"""The entries of a slice: compiled rules, kept packed until one is asked for."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, overload

import msgpack

from rules_compiler.templates import Template
from rules_compiler.windows import Schedule


class Place(NamedTuple):
    """Where an entry answers; every list is folded to lower case, an empty one takes any place."""

    countries: tuple[str, ...]
    regions: tuple[str, ...]
    cities: tuple[str, ...]


class Arm(NamedTuple):
    """That an entry shares its place in a level with the other arms there, by weight."""

    place: int
    weight: int


def shares_place(one: Arm | None, other: Arm | None) -> bool:
    """Return whether two entries of one level are arms of one weight group."""
    return one is not None and other is not None and one.place == other.place


class Entry(NamedTuple):
    """One compiled rule. Disabled rules and dead targets never get this far.

    `url` is None for the hosted page. `template` stands in for `url` when it has placeholders,
    `languages` are lower case, `contexts` as written, `schedule` and `place` are None when they
    constrain nothing.
    """

    rule_id: str
    scope: str
    link_type: str | None
    url: str | None
    template: Template | None
    title: str | None
    languages: tuple[str, ...]
    media_type: str | None
    contexts: tuple[str, ...]
    place: Place | None
    schedule: Schedule | None
    arm: Arm | None = None

    @property
    def is_fallback(self) -> bool:
        """Whether the entry has no preference, so that it is good for everybody it meets."""
        return not (self.languages or self.contexts or self.media_type)

    @property
    def is_good_for_all(self) -> bool:
        """Whether the entry is a candidate for everybody, everywhere, with one target."""
        return not (
            self.languages
            or self.contexts
            or self.media_type
            or self.place is not None
            or self.template is not None
            or self.arm is not None
        )

    def suits_context(self, context: str) -> bool:
        """Return whether *context* is one of the entry's, in whatever case."""
        return context.casefold() in (each.casefold() for each in self.contexts)


class Traits(NamedTuple):
    """What can be told of entries without reading them: all that some of them have.

    `placeholders` are the names in their templates.
    """

    languages: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    has_places: bool = False
    has_schedules: bool = False
    has_arms: bool = False


NO_TRAITS = Traits()
"""Those of entries that are the same to everybody at any time."""


class Group(Sequence[Entry]):
    """Entries in order of evaluation, of one organization in one slice. There is always one at least."""

    __slots__ = ("_entries", "_packed", "traits")

    def __init__(self, traits: Traits, entries: tuple[Entry, ...] | None, packed: bytes) -> None:
        self.traits = traits
        self._entries = entries
        self._packed = packed

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Group":
        """Return *entries* as a group."""
        several = tuple(entries)
        return cls(_traits_of(several), several, b"")

    def to_packed(self) -> tuple[Any, ...]:
        """Return the group as primitives, as `from_packed` reads them."""
        return (tuple(self.traits), msgpack.packb([pack_entry(entry) for entry in self]))

    @classmethod
    def from_packed(cls, packed: Sequence[Any]) -> "Group":
        """Return the group that `to_packed` wrote; its entries are read when one is asked for."""
        traits, entries = packed
        return cls(Traits(*traits), None, entries)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of them."""
        if self._entries is None:
            # INVARIANT: reading them twice at once gives equal entries.
            rows = msgpack.unpackb(self._packed, use_list=False)
            self._entries, self._packed = tuple([unpack_entry(row) for row in rows]), b""
        return self._entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Entry, ...]: ...
    def __getitem__(self, index: int | slice) -> Entry | tuple[Entry, ...]:
        return self.entries[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Group) and self.entries == other.entries

    def __hash__(self) -> int:
        return hash(self.entries)


def join_traits(groups: Sequence[Group]) -> Traits:
    """Return what can be told of the entries of several groups together."""
    joined = NO_TRAITS
    for group in groups:
        if group.traits != joined:
            joined = _join(joined, group.traits)
    return joined


@lru_cache(maxsize=4_096)
def _join(one: Traits, other: Traits) -> Traits:
    return Traits(
        languages=_unite(one.languages, other.languages),
        media_types=_unite(one.media_types, other.media_types),
        placeholders=_unite(one.placeholders, other.placeholders),
        has_places=one.has_places or other.has_places,
        has_schedules=one.has_schedules or other.has_schedules,
        has_arms=one.has_arms or other.has_arms,
    )


def _unite(some: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({*some, *more}))


def _traits_of(entries: Sequence[Entry]) -> Traits:
    templates = [entry.template for entry in entries if entry.template is not None]
    return Traits(
        languages=tuple(sorted({tag for entry in entries for tag in entry.languages})),
        media_types=tuple(sorted({entry.media_type for entry in entries if entry.media_type is not None})),
        placeholders=tuple(sorted({name for template in templates for name in template.names})),
        has_places=any(entry.place is not None for entry in entries),
        has_schedules=any(entry.schedule is not None for entry in entries),
        has_arms=any(entry.arm is not None for entry in entries),
    )


def pack_entry(entry: Entry) -> tuple[Any, ...]:
    """Return *entry* as primitives, as `unpack_entry` reads them."""
    template = entry.template and entry.template.to_packed()
    schedule = entry.schedule and entry.schedule.to_packed()
    return entry._replace(template=template, schedule=schedule)  # type: ignore[arg-type]  # a row of primitives


def unpack_entry(row: tuple[Any, ...]) -> Entry:
    """Return the entry that `pack_entry` wrote."""
    entry = Entry(*row)
    # Most entries consist of primitives alone, and are what they were packed from.
    if not (entry.template or entry.schedule or entry.place or entry.arm):
        return entry
    return entry._replace(
        template=entry.template and Template.from_packed(entry.template),  # type: ignore[arg-type]  # packed
        schedule=entry.schedule and Schedule.from_packed(entry.schedule),  # type: ignore[arg-type]  # packed
        place=entry.place and Place(*entry.place),
        arm=entry.arm and Arm(*entry.arm),
    )
