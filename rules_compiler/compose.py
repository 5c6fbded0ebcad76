"""Who answers for an identifier: the owner's rules at every scope, narrow to wide, as they stand now."""

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rules_compiler.gs1 import SHAPES, Elements, levels, slice_key
from rules_compiler.model import DEFAULT_LINK_TYPE, WILDCARD, EpochSeconds, SliceKey
from rules_compiler.tables import BrandSlice, Entry, ItemSlice, OrganizationSlice, Slice, Table


class Level(NamedTuple):
    """The entries of one scope whose windows are open; `anchor` is the identifier they speak of."""

    anchor: SliceKey
    entries: tuple[Entry, ...]


class Composition(NamedTuple):
    """Everything that decides requests for one identifier until the instant `until`.

    `organization_id` is None when nobody may redirect; there are no levels then. `has_arms` says
    that the network of the client counts. `owners` are the keys of the slices, there or not, that
    decide with those of the item and its levels.
    """

    item: ItemSlice
    organization_id: str | None
    default_link_type: str
    levels: tuple[Level, ...]
    until: EpochSeconds
    owners: tuple[SliceKey, SliceKey]
    has_arms: bool = False


def compose(table: Table, ais: Elements, at: EpochSeconds) -> Composition | None:
    """Return who answers for *ais* at *at*, or None when the primary key is in no catalogue."""
    item = table.find(slice_key(ais[:1]))
    if not isinstance(item, ItemSlice):
        return None
    brand = find_brand(table, item)
    owner_id = _owner_of(item, brand) if item.is_resolvable else None
    owners = (f"brand/{item.brand_id}", f"org/{owner_id}")
    organization = table.find(owners[1]) if owner_id else None
    if not isinstance(organization, OrganizationSlice) or owner_id is None:
        return Composition(item, None, DEFAULT_LINK_TYPE, (), math.inf, owners)
    said = (*_narrower(table, item, ais), (item.key, item), (item.key, brand), (item.key, organization))
    standing, until = _open_levels(said, owner_id, at)
    has_arms = any(entry.arm is not None for level in standing for entry in level.entries)
    return Composition(item, owner_id, organization.default_link_type, standing, until, owners, has_arms)


def find_owner(table: Table, item: ItemSlice) -> str | None:
    """Return whose *item* is, also while it redirects nobody; None when no claim to it holds."""
    return _owner_of(item, find_brand(table, item))


def find_brand(table: Table, item: ItemSlice) -> BrandSlice | None:
    """Return the brand of *item*, if that is known."""
    brand = table.find(f"brand/{item.brand_id}") if item.brand_id else None
    return brand if isinstance(brand, BrandSlice) else None


def _owner_of(item: ItemSlice, brand: BrandSlice | None) -> str | None:
    owner_id = (brand and brand.organization_id) or item.owner_id
    is_claimed = owner_id == item.owner_id
    is_refused = owner_id in item.refused_ids or (not is_claimed and WILDCARD in item.refused_ids)
    return None if is_refused else owner_id


def _narrower(table: Table, item: ItemSlice, ais: Elements) -> Iterator[tuple[SliceKey, Slice | None]]:
    """Yield what is said of the levels of *ais* below the item; a wildcard ranks behind its exact value."""
    if not item.narrower or len(ais) == 1:
        return
    for shape, level in zip(SHAPES[tuple([ai for ai, _ in ais])], levels(ais), strict=False):
        anchor = slice_key(level)
        if shape in item.narrower:
            yield anchor, table.find(anchor)
        if shape + WILDCARD in item.narrower:
            yield anchor, table.find(anchor[: anchor.rindex("/") + 1] + WILDCARD)


def _open_levels(
    said: Iterable[tuple[SliceKey, Slice | None]], owner_id: str, at: EpochSeconds
) -> tuple[tuple[Level, ...], EpochSeconds]:
    standing, until = [], math.inf
    for anchor, piece in said:
        is_open = []
        for entry in piece.groups.get(owner_id, ()) if piece is not None else ():
            if entry.schedule is not None:
                holds, changes_at = entry.schedule.state_at(at)
                until = min(until, changes_at)
                if not holds:
                    continue
            is_open.append(entry)
        if is_open:
            standing.append(Level(anchor, tuple(is_open)))
    return tuple(standing), until
