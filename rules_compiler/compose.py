"""Who answers for an identifier: the owner's rules at every scope, narrow to wide, as they stand now."""

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from rules_compiler.entries import Entry
from rules_compiler.groups import Group, Traits, join_traits
from rules_compiler.gs1 import SHAPES, Elements, levels, slice_key
from rules_compiler.model import DEFAULT_LINK_TYPE, WILDCARD, EpochSeconds, SliceKey
from rules_compiler.tables import BrandSlice, ItemSlice, OrganizationSlice, Slice, Table


class Level(NamedTuple):
    """The entries of one scope whose windows are open; `anchor` is the identifier they speak of."""

    anchor: SliceKey
    entries: Sequence[Entry]


Narrower: TypeAlias = tuple[SliceKey, Slice]
"""What is said of one level below an item: its anchor, and the slice of it or of a wildcard for it."""


class Ownership(NamedTuple):
    """Who owns the items of one brand, and what holds for all of them until the instant `until`.

    `groups` are the entries of the brand and of the organization, where there are any.
    `keys` are the slices, there or not, from which this was made. `organization_id` is None when
    nobody owns them; `is_known` is False when that organization is in no catalogue.
    """

    organization_id: str | None
    keys: tuple[SliceKey, SliceKey]
    is_known: bool = False
    default_link_type: str = DEFAULT_LINK_TYPE
    groups: tuple[Group, ...] = ()
    until: EpochSeconds = math.inf


class Composition(NamedTuple):
    """Everything that decides requests for one identifier until the instant `until`.

    `organization_id` is None when nobody may redirect; there are no levels then. `traits` are those of
    all entries together.
    """

    item: ItemSlice
    organization_id: str | None
    default_link_type: str
    levels: tuple[Level, ...]
    until: EpochSeconds
    traits: Traits = Traits()

    @property
    def has_arms(self) -> bool:
        """Whether the network of the client counts."""
        return self.traits.has_arms


def compose(table: Table, ais: Elements, at: EpochSeconds) -> Composition | None:
    """Return who answers for *ais* at *at*, or None when the primary key is in no catalogue."""
    item = table.find(slice_key(ais[:1]))
    if not isinstance(item, ItemSlice):
        return None
    ownership = own(table, item.brand_id, item.owner_id, at)
    return compose_item(item, find_narrower(table, item, ais), ownership, at)


def own(table: Table, brand_id: str | None, owner_id: str | None, at: EpochSeconds) -> Ownership:
    """Return who owns the items of a brand that *owner_id* claims; a brand that is owned overrules that."""
    brand = find_brand(table, brand_id)
    organization_id = (brand and brand.organization_id) or owner_id
    keys = (f"brand/{brand_id}", f"org/{organization_id}")
    organization = table.find(keys[1]) if organization_id else None
    if not isinstance(organization, OrganizationSlice) or organization_id is None:
        return Ownership(organization_id, keys)
    of_brand, one = _open_entries(brand, organization_id, at)
    of_all, other = _open_entries(organization, organization_id, at)
    return Ownership(
        organization_id=organization_id,
        keys=keys,
        is_known=True,
        default_link_type=organization.default_link_type,
        groups=tuple([group for group in (of_brand, of_all) if group is not None]),
        until=min(one, other),
    )


def find_brand(table: Table, brand_id: str | None) -> BrandSlice | None:
    """Return the brand, None when there is none."""
    brand = table.find(f"brand/{brand_id}") if brand_id else None
    return brand if isinstance(brand, BrandSlice) else None


def compose_item(
    item: ItemSlice, narrower: Sequence[Narrower], ownership: Ownership, at: EpochSeconds
) -> Composition:
    """Return who answers at *at* for *item* and its *narrower* levels, which are owned by *ownership*."""
    owner_id = find_owner(item, ownership.organization_id)
    if owner_id is None or not (ownership.is_known and item.is_resolvable):
        return Composition(item, None, DEFAULT_LINK_TYPE, (), math.inf)
    levels, groups, until = [], [], ownership.until
    for anchor, piece in (*narrower, (item.key, item)):
        is_open, changes_at = _open_entries(piece, owner_id, at)
        until = min(until, changes_at)
        if is_open is not None:
            levels.append(Level(anchor, is_open))
            groups.append(is_open)
    levels += [Level(item.key, group) for group in ownership.groups]
    groups += ownership.groups
    return Composition(item, owner_id, ownership.default_link_type, tuple(levels), until, join_traits(groups))


def find_owner(item: ItemSlice, owner_id: str | None) -> str | None:
    """Return *owner_id*, to whom brand or claim give *item*, or None when that does not hold for it."""
    is_claimed = owner_id == item.owner_id
    is_refused = owner_id in item.refused_ids or (not is_claimed and WILDCARD in item.refused_ids)
    return None if is_refused else owner_id


def find_narrower(table: Table, item: ItemSlice, ais: Elements) -> list[Narrower]:
    """Return what is said of the levels of *ais* below *item*; a wildcard ranks behind its exact value."""
    if not item.narrower or len(ais) == 1:
        return []
    found: list[Narrower] = []
    for shape, level in zip(SHAPES[tuple([ai for ai, _ in ais])], levels(ais), strict=False):
        if shape in item.narrower or shape + WILDCARD in item.narrower:
            anchor = slice_key(level)
            exact = table.find(anchor) if shape in item.narrower else None
            wild = anchor[: anchor.rindex("/") + 1] + WILDCARD
            every = table.find(wild) if shape + WILDCARD in item.narrower else None
            found += [(anchor, piece) for piece in (exact, every) if piece is not None]
    return found


def _open_entries(piece: Slice | None, owner_id: str, at: EpochSeconds) -> tuple[Group | None, EpochSeconds]:
    """Return what *owner_id* says in *piece* whose windows are open, and until when that surely holds."""
    group = piece.groups.get(owner_id) if piece is not None else None
    if group is None or not group.traits.has_schedules:
        return group, math.inf
    is_open, until = [], math.inf
    for entry in group:
        if entry.schedule is not None:
            holds, changes_at = entry.schedule.state_at(at)
            until = min(until, changes_at)
            if not holds:
                continue
        is_open.append(entry)
    return Group.of(is_open) if is_open else None, until
