"""Slices as bytes.

A slice is a msgpack array that begins with a format number, so that edges can be upgraded
before the publisher is.
"""

from collections.abc import Mapping
from typing import Any

import msgpack

from rules_compiler.entries import Group, unpack_entry
from rules_compiler.model import SerialState, SliceKey
from rules_compiler.tables import (
    BrandSlice,
    Groups,
    HostSlice,
    ItemSlice,
    LevelSlice,
    OrganizationSlice,
    Slice,
)

FORMAT = 3
"""What this release writes. Before 2 there were no weights, before 3 no traits; those are read as well."""

_READ_FORMATS = frozenset({1, 2, FORMAT})
_FIRST_WITH_TRAITS = 3


class SnapshotInvalidError(ValueError):
    """Bytes are not a slice or a table of a format that this release reads."""


def slice_to_bytes(value: Slice) -> bytes:
    """Return *value* packed; the key is not repeated inside."""
    packed: bytes = msgpack.packb((FORMAT, *_fields(value), _pack_groups(value.groups)))
    return packed


def slice_from_bytes(key: SliceKey, packed: bytes) -> Slice:
    """Return the slice of *key*; raises SnapshotInvalidError when it cannot be read."""
    try:
        number, *fields, groups = msgpack.unpackb(packed, use_list=False)
        if number not in _READ_FORMATS:
            raise SnapshotInvalidError(f"slice {key!r} has format {number!r}; this release reads {FORMAT}")
        return _build(key, fields, _unpack_groups(number, groups))
    except (ValueError, TypeError, AttributeError, msgpack.UnpackException) as error:
        raise SnapshotInvalidError(f"slice {key!r} cannot be read") from error


def _fields(value: Slice) -> tuple[Any, ...]:
    match value:
        case ItemSlice():
            return (
                value.name,
                value.brand_id,
                value.owner_id,
                sorted(value.refused_ids),
                value.is_resolvable,
                sorted(value.narrower),
                value.facts,
            )
        case LevelSlice():
            return (value.state,)
        case BrandSlice():
            return (value.name, value.organization_id)
        case OrganizationSlice():
            return (value.name, value.default_link_type)
        case HostSlice():
            return (value.organization_id,)


def _build(key: SliceKey, fields: list[Any], groups: Groups) -> Slice:
    kind = key.partition("/")[0]
    if kind == "brand":
        name, organization_id = fields
        return BrandSlice(key, name, organization_id, groups)
    if kind == "org":
        name, default_link_type = fields
        return OrganizationSlice(key, name, default_link_type, groups)
    if kind == "host":
        (organization_id,) = fields
        return HostSlice(key, organization_id)
    if key.count("/") > 1:
        (state,) = fields
        return LevelSlice(key, SerialState(state) if state else None, groups)
    name, brand_id, owner_id, refused_ids, is_resolvable, narrower, facts = fields
    return ItemSlice(
        key,
        name,
        brand_id,
        owner_id,
        frozenset(refused_ids),
        is_resolvable,
        frozenset(narrower),
        facts,
        groups,
    )


def _pack_groups(groups: Groups) -> dict[str, tuple[Any, ...]]:
    return {owner: groups[owner].to_packed() for owner in sorted(groups)}


def _unpack_groups(number: int, groups: Mapping[str, Any]) -> Groups:
    if number < _FIRST_WITH_TRAITS:
        return {owner: Group.of([unpack_entry(row) for row in rows]) for owner, rows in groups.items()}
    return {owner: Group.from_packed(packed) for owner, packed in groups.items()}
