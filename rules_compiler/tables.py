"""The frozen form of what customers wrote: slices, and the table that finds them by key."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol, TypeAlias

from rules_compiler.model import SerialState, SliceKey
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

    def suits_context(self, context: str) -> bool:
        """Return whether *context* is one of the entry's, in whatever case."""
        return context.casefold() in (each.casefold() for each in self.contexts)


Groups: TypeAlias = Mapping[str, tuple[Entry, ...]]
"""Entries by the organization that wrote them, each in order of evaluation."""


class ItemSlice(NamedTuple):
    """A primary key: what it is, who owns it, and the rules that govern exactly it.

    `narrower` names the shapes of the levels below that have a slice, by their AIs (`10`,
    `22/10`, `21*` for any serial), so that an edge looks for nothing that cannot be there.
    `facts` is a JSON object.
    """

    key: SliceKey
    name: str
    brand_id: str | None
    owner_id: str | None
    refused_ids: frozenset[str]
    is_resolvable: bool
    narrower: frozenset[str]
    facts: bytes
    groups: Groups


class LevelSlice(NamedTuple):
    """A lot or a serial: its rules, and its state when that is a warning."""

    key: SliceKey
    state: SerialState | None
    groups: Groups


class BrandSlice(NamedTuple):
    """A brand: whose it is, and the rules that hold for all its items."""

    key: SliceKey
    name: str
    organization_id: str | None
    groups: Groups


class OrganizationSlice(NamedTuple):
    """An organization: its descriptive default link type, and the rules for all its items."""

    key: SliceKey
    name: str
    default_link_type: str
    groups: Groups


class HostSlice(NamedTuple):
    """A host name: whose identifiers, and nobody else's, are answered there. No rule governs it."""

    key: SliceKey
    organization_id: str

    @property
    def groups(self) -> Groups:
        """No entries."""
        return {}


Slice: TypeAlias = ItemSlice | LevelSlice | BrandSlice | OrganizationSlice | HostSlice


class Table(Protocol):
    """Slices by key, frozen at one number of the head."""

    @property
    def number(self) -> int:
        """The newest change set that this table holds."""

    def find(self, key: SliceKey) -> Slice | None:
        """Return the slice of *key*, or None when nothing is said of it."""
