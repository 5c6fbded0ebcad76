"""Who answers for an identifier: the owner's rules at every scope, narrow to wide, as they stand now."""

import math
from typing import NamedTuple

from rules_compiler.gs1 import levels, slice_key
from rules_compiler.model import DEFAULT_LINK_TYPE, EpochSeconds, ScopeType, SliceKey
from rules_compiler.tables import BrandSlice, Entry, ItemSlice, LevelSlice, OrganizationSlice, Slice, Table


class Level(NamedTuple):
    """The entries of one scope whose windows are open; `anchor` is the identifier they speak of."""

    anchor: SliceKey
    scope: str
    entries: tuple[Entry, ...]


class Composition(NamedTuple):
    """Everything that decides requests for one identifier until the instant `until`.

    `organization_id` is None when nobody may redirect; there are no levels then.
    """

    item: ItemSlice
    organization_id: str | None
    default_link_type: str
    levels: tuple[Level, ...]
    until: EpochSeconds


def compose(table: Table, ais: tuple[tuple[str, str], ...], at: EpochSeconds) -> Composition | None:
    """Return who answers for *ais* at *at*, or None when the primary key is in no catalogue."""
    item = table.find(slice_key(ais[:1]))
    if not isinstance(item, ItemSlice):
        return None
    brand = _brand_of(table, item)
    owner_id = _owner_of(item, brand)
    organization = table.find(f"org/{owner_id}") if owner_id else None
    if not isinstance(organization, OrganizationSlice) or owner_id is None:
        return Composition(item, None, DEFAULT_LINK_TYPE, (), math.inf)
    slices = (*_narrower(table, item, ais), item, brand, organization)
    standing, until = _open_levels(slices, owner_id, item.key, at)
    return Composition(item, owner_id, organization.default_link_type, standing, until)


def _brand_of(table: Table, item: ItemSlice) -> BrandSlice | None:
    brand = table.find(f"brand/{item.brand_id}") if item.brand_id else None
    return brand if isinstance(brand, BrandSlice) else None


def _owner_of(item: ItemSlice, brand: BrandSlice | None) -> str | None:
    owner_id = (brand and brand.organization_id) or item.owner_id
    return owner_id if item.is_resolvable and owner_id not in item.refused_ids else None


def _narrower(table: Table, item: ItemSlice, ais: tuple[tuple[str, str], ...]) -> tuple[LevelSlice, ...]:
    if not item.narrower or len(ais) == 1:
        return ()
    found = (
        table.find(slice_key(level))
        for level in levels(ais)
        if "/".join(ai for ai, _ in level[1:]) in item.narrower
    )
    return tuple(level for level in found if isinstance(level, LevelSlice))


def _open_levels(
    slices: tuple[Slice | None, ...], owner_id: str, item_key: SliceKey, at: EpochSeconds
) -> tuple[tuple[Level, ...], EpochSeconds]:
    standing, until = [], math.inf
    for said in slices:
        entries = said.groups.get(owner_id) if said is not None else None
        if said is None or not entries:
            continue
        is_open = []
        for entry in entries:
            if entry.schedule is not None:
                holds, changes_at = entry.schedule.state_at(at)
                until = min(until, changes_at)
                if not holds:
                    continue
            is_open.append(entry)
        if is_open:
            anchor = said.key if isinstance(said, LevelSlice) else item_key
            standing.append(Level(anchor, ScopeType(is_open[0].scope), tuple(is_open)))
    return tuple(standing), until
