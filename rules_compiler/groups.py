"""The entries of one organization in one slice, kept packed until one is asked for."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, overload

import msgpack

from rules_compiler.default_set import DefaultSet, default_set_of
from rules_compiler.entries import Entry, pack_entry, unpack_entry


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

    __slots__ = ("_default_set", "_entries", "_packed", "traits")

    def __init__(
        self, traits: Traits, default_set: Any, entries: tuple[Entry, ...] | None, packed: bytes
    ) -> None:
        self.traits = traits
        # As it was packed, until somebody asks for it.
        self._default_set = default_set
        self._entries = entries
        self._packed = packed

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Group":
        """Return *entries* as a group."""
        several = tuple(entries)
        return cls(_traits_of(several), default_set_of(several), several, b"")

    def to_packed(self) -> tuple[Any, ...]:
        """Return the group as primitives, as `from_packed` reads them."""
        return (self.traits, self.default_set, msgpack.packb([pack_entry(entry) for entry in self]))

    @classmethod
    def from_packed(cls, packed: Sequence[Any]) -> "Group":
        """Return the group that `to_packed` wrote; its entries are read when one is asked for."""
        traits, default_set, entries = packed
        return cls(_to_traits(traits), default_set, None, entries)

    @property
    def default_set(self) -> DefaultSet | None:
        """What they answer by default to who comes from nowhere, None when weight has a say in it."""
        if self._default_set is None or isinstance(self._default_set, DefaultSet):
            return self._default_set
        default_set = self._default_set = DefaultSet.from_packed(self._default_set)
        return default_set

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


def join_traits(groups: Iterable[Group], joined: Traits = NO_TRAITS) -> Traits:
    """Return what can be told of the entries of *groups* and of those with traits *joined*, together."""
    for group in groups:
        if group.traits != joined:
            joined = _join(joined, group.traits)
    return joined


@lru_cache(maxsize=4_096)
def _to_traits(packed: tuple[Any, ...]) -> Traits:
    """Return *packed* as traits; few are different, and equal ones are one object."""
    return Traits(*packed)


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
