"""Whose rules govern an item, and which scopes an identifier lies in."""

from urllib.parse import quote

from rules_compiler.model import Catalogue, Item, Organization, Query, Rule, SliceKey


def find_item(catalogue: Catalogue, query: Query) -> Item | None:
    """Return the catalogue's entry for the primary key of *query*, its first identifier."""
    ai, value = query.ais[0]
    for item in catalogue.items:
        if item.key == _key(ai, value):
            return item
    return None


def find_owner(catalogue: Catalogue, item: Item) -> Organization | None:
    """Return the organization whose rules govern *item*; None when nobody's may."""
    owner_id = item.owner_id
    for brand in catalogue.brands:
        if brand.id == item.brand_id and brand.organization_id is not None:
            owner_id = brand.organization_id
    if owner_id in item.refused_ids or not item.is_resolvable:
        return None
    for organization in catalogue.organizations:
        if organization.id == owner_id:
            return organization
    return None


def find_scopes(catalogue: Catalogue, query: Query, item: Item, owner: Organization) -> list[SliceKey]:
    """Return the slice keys that govern *query*, narrowest first, without switched-off levels."""
    values = dict(query.ais)
    switched_off = {each.key for each in catalogue.instances if not each.is_resolvable}
    levels = [f"{item.key}/{_key(ai, values[ai])}" for ai in ("21", "10") if ai in values]
    keys = [key for key in levels if key not in switched_off]
    keys.append(item.key)
    if item.brand_id is not None:
        keys.append(f"brand/{item.brand_id}")
    keys.append(f"org/{owner.id}")
    return keys


def rules_of_scope(catalogue: Catalogue, key: SliceKey, owner: Organization) -> list[Rule]:
    """Return the rules that *owner* wrote for one scope, in their order."""
    rules = [r for r in catalogue.rules if r.slice_key == key and r.organization_id == owner.id]
    return sorted(rules, key=lambda rule: rule.order_index)


def _key(ai: str, value: str) -> SliceKey:
    return f"{ai}/{quote(value, safe='')}"
