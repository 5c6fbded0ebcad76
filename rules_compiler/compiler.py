"""Compile what is said under one key into a slice, or a whole catalogue into a table."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain

import orjson

from rules_compiler.dict_table import DictTable
from rules_compiler.groups import Group
from rules_compiler.model import WILDCARD, Catalogue, Instance, Rule, SerialState, SliceKey
from rules_compiler.partition import partition
from rules_compiler.snapshot import slice_to_bytes
from rules_compiler.stages import STAGES
from rules_compiler.stages.check import find_problems
from rules_compiler.stages.shape import shape
from rules_compiler.tables import (
    BrandSlice,
    Groups,
    HostSlice,
    ItemSlice,
    LevelSlice,
    OrganizationSlice,
    Slice,
)

__all__ = ["compile_catalogue", "compile_slice", "find_problems"]


def compile_slice(catalogue: Catalogue, key: SliceKey) -> bytes | None:
    """Return the slice of *key*, or None when nothing is said of it any more.

    *catalogue* needs to hold only what concerns the key: for an item the item itself, and the
    instances and rules of its own and of all narrower keys.

    Raises RulesInvalidError when a rule of the key cannot compile.
    """
    value = _build(catalogue, key)
    return None if value is None else slice_to_bytes(value)


def compile_catalogue(catalogue: Catalogue, number: int = 1) -> DictTable:
    """Return the table of everything in *catalogue*, at head *number*."""
    compiled = {key: compile_slice(part, key) for key, part in sorted(partition(catalogue).items())}
    return DictTable(number, {key: packed for key, packed in compiled.items() if packed is not None})


def _build(catalogue: Catalogue, key: SliceKey) -> Slice | None:
    kind, _, name = key.partition("/")
    if kind == "org":
        return _build_organization(catalogue, key, name)
    if kind == "brand":
        return _build_brand(catalogue, key, name)
    if kind == "host":
        return _build_host(catalogue, key, name)
    if name.count("/"):
        return _build_level(catalogue, key)
    return _build_item(catalogue, key)


def _build_organization(catalogue: Catalogue, key: SliceKey, name: str) -> Slice | None:
    for organization in catalogue.organizations:
        if organization.id == name:
            groups = _groups(catalogue.rules, key)
            return OrganizationSlice(key, organization.name, organization.default_link_type, groups)
    return None


def _build_brand(catalogue: Catalogue, key: SliceKey, name: str) -> Slice | None:
    for brand in catalogue.brands:
        if brand.id == name:
            return BrandSlice(key, brand.name, brand.organization_id, _groups(catalogue.rules, key))
    return None


def _build_host(catalogue: Catalogue, key: SliceKey, name: str) -> Slice | None:
    for host in catalogue.hosts:
        if host.name == name:
            return HostSlice(key, host.organization_id)
    return None


def _build_item(catalogue: Catalogue, key: SliceKey) -> Slice | None:
    for item in catalogue.items:
        if item.key == key:
            return ItemSlice(
                key=key,
                name=item.name,
                brand_id=item.brand_id,
                owner_id=item.owner_id,
                refused_ids=item.refused_ids,
                is_resolvable=item.is_resolvable,
                narrower=_narrower(catalogue, key),
                facts=orjson.dumps(item.facts),
                groups=_groups(catalogue.rules, key),
            )
    return None


def _build_level(catalogue: Catalogue, key: SliceKey) -> Slice | None:
    instance = next((i for i in catalogue.instances if i.key == key), Instance(key=key))
    groups = _groups(catalogue.rules, key) if instance.is_resolvable else {}
    state = None if instance.state is SerialState.AUTHENTIC else instance.state
    # A known authentic serial without rules leaves no trace: the edge cannot tell it from an unknown one.
    return LevelSlice(key, state, groups) if groups or state else None


def _narrower(catalogue: Catalogue, key: SliceKey) -> frozenset[str]:
    """Return the shapes of the levels below *key* about which something is said."""
    prefix = f"{key}/"
    said = chain(
        (instance.key for instance in catalogue.instances),
        (rule.slice_key for rule in catalogue.rules if rule.enabled),
    )
    return frozenset(_shape_of(name[len(prefix) :]) for name in said if name.startswith(prefix))


def _shape_of(qualifiers: str) -> str:
    shape = "/".join(qualifiers.split("/")[::2])
    return shape + WILDCARD if qualifiers.endswith(f"/{WILDCARD}") else shape


def _groups(rules: Iterable[Rule], key: SliceKey) -> Groups:
    written: defaultdict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        if rule.slice_key == key:
            written[rule.organization_id].append(rule)
    compiled = {owner: [*map(shape, _prepare(tuple(rules)))] for owner, rules in written.items()}
    return {owner: Group.of(entries) for owner, entries in compiled.items() if entries}


def _prepare(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    for _name, stage in STAGES:
        rules = stage(rules)
    return rules
