"""Whose rules govern an item, and which scopes an identifier lies in."""

from typing import NamedTuple
from urllib.parse import quote

from rules_compiler.model import WILDCARD, Catalogue, Item, Organization, Query, Rule, SliceKey

_LEVELS_OF_ITEM = (("21",), ("22", "10"), ("10",), ("22",))
LEVELS = {
    "01": (("235",), *_LEVELS_OF_ITEM),
    "8006": _LEVELS_OF_ITEM,
    "414": (("254",), ("7040",)),
    "415": (("8020",),),
    "417": (("7040",),),
    "8004": (("7040",),),
    "8010": (("8011",),),
    "8017": (("8019",),),
    "8018": (("8019",),),
}
"""The qualifiers that have rules of their own below each primary key, narrowest first."""


class Scope(NamedTuple):
    """A slice key that governs a query, and the identifier that its rules speak of there."""

    key: SliceKey
    anchor: SliceKey


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
    is_refused = owner_id in item.refused_ids
    if owner_id != item.owner_id and WILDCARD in item.refused_ids:
        is_refused = True  # the brand alone makes it the owner's, and that is not enough
    if is_refused or not item.is_resolvable:
        return None
    for organization in catalogue.organizations:
        if organization.id == owner_id:
            return organization
    return None


def find_scopes(catalogue: Catalogue, query: Query, item: Item, owner: Organization) -> list[Scope]:
    """Return the scopes that govern *query*, narrowest first, without switched-off levels.

    A wildcard speaks of every value, directly behind what is said of one.
    """
    primary, values = query.ais[0][0], dict(query.ais)
    switched_off = {each.key for each in catalogue.instances if not each.is_resolvable}
    scopes = []
    for level in LEVELS.get(primary, ()):
        if all(ai in values for ai in level):
            anchor = "/".join([item.key, *(_key(ai, values[ai]) for ai in level)])
            every = anchor[: anchor.rindex("/") + 1] + WILDCARD
            scopes += [Scope(key, anchor) for key in (anchor, every) if key not in switched_off]
    brand = [] if item.brand_id is None else [f"brand/{item.brand_id}"]
    return [*scopes, *(Scope(key, item.key) for key in (item.key, *brand, f"org/{owner.id}"))]


def rules_of_scope(catalogue: Catalogue, scope: Scope, owner: Organization) -> list[Rule]:
    """Return the rules that *owner* wrote for one scope, in their order; of one place the heaviest first."""
    rules = [r for r in catalogue.rules if r.slice_key == scope.key and r.organization_id == owner.id]
    return sorted(rules, key=lambda rule: (rule.order_index, -(rule.weight or 0), rule.id))


def _key(ai: str, value: str) -> SliceKey:
    return f"{ai}/{quote(value, safe='')}"
