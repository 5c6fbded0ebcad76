"""Slices as bytes.

A slice is a msgpack array that begins with a format number, so that edges can be upgraded
before the publisher is.
"""

from collections.abc import Mapping
from typing import Any

import msgpack

from rules_compiler.entries import unpack_entry
from rules_compiler.groups import Group
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

FORMAT = 4
"""What this release writes. It reads older ones: 1 has no weights, 2 no traits, 3 no default sets."""

_READ_FORMATS = frozenset({1, 2, 3, FORMAT})
_FIRST_WITH_TRAITS = 3
_FIRST_WITH_DEFAULT_SETS = 4


class SnapshotInvalidError(ValueError):
    """Bytes are not a slice or a table of a format that this release reads."""


def slice_to_bytes(value: Slice) -> bytes:
    """Return *value* packed; the key is not repeated inside."""
    packed: bytes = msgpack.packb((FORMAT, *_fields(value), _pack_groups(value.groups)))
    return packed


def slice_from_bytes(key: SliceKey, packed: bytes) -> Slice:
    """Return the slice of *key*; raises SnapshotInvalidError when it cannot be read."""
    try:
        fields = msgpack.unpackb(packed, use_list=False)
        if fields[0] not in _READ_FORMATS:
            raise SnapshotInvalidError(f"slice {key!r} has format {fields[0]!r}; this release reads {FORMAT}")
        return _build(key, fields, _unpack_groups(fields[0], fields[-1]))
    except (ValueError, TypeError, AttributeError, LookupError, msgpack.UnpackException) as error:
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


def _build(key: SliceKey, fields: tuple[Any, ...], groups: Groups) -> Slice:
    kind = key.partition("/")[0]
    if kind == "brand":
        _, name, organization_id, _ = fields
        return BrandSlice(key, name, organization_id, groups)
    if kind == "org":
        _, name, default_link_type, _ = fields
        return OrganizationSlice(key, name, default_link_type, groups)
    if kind == "host":
        _, organization_id, _ = fields
        return HostSlice(key, organization_id)
    if key.count("/") > 1:
        _, state, _ = fields
        return LevelSlice(key, SerialState(state) if state else None, groups)
    _, name, brand_id, owner_id, refused_ids, is_resolvable, narrower, facts, _ = fields
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
    if number < _FIRST_WITH_DEFAULT_SETS:
        # None may always stand for a default set: what it would have told is worked out by judging.
        groups = {owner: (traits, None, entries) for owner, (traits, entries) in groups.items()}
    return {owner: Group.from_packed(packed) for owner, packed in groups.items()}
