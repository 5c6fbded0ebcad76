"""The frozen form of what customers wrote: slices, and the table that finds them by key."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol, TypeAlias

from rules_compiler.groups import Group
from rules_compiler.model import SerialState, SliceKey

Groups: TypeAlias = Mapping[str, Group]
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
