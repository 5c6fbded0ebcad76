"""Slices as bytes.

A slice is a msgpack array that begins with a format number, so that edges can be upgraded
before the publisher is.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgpack

from rules_compiler.model import SerialState, SliceKey
from rules_compiler.tables import (
    Arm,
    BrandSlice,
    Entry,
    Groups,
    HostSlice,
    ItemSlice,
    LevelSlice,
    OrganizationSlice,
    Place,
    Slice,
)
from rules_compiler.templates import Template
from rules_compiler.windows import Schedule

FORMAT = 2
"""What this release writes. Before 2 there were no weights; such slices are read as well."""

_READ_FORMATS = frozenset({1, FORMAT})


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
        return _build(key, fields, _unpack_groups(groups))
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


def _pack_groups(groups: Groups) -> dict[str, list[tuple[Any, ...]]]:
    return {owner: [_pack_entry(entry) for entry in groups[owner]] for owner in sorted(groups)}


def _unpack_groups(groups: Mapping[str, Iterable[tuple[Any, ...]]]) -> Groups:
    return {owner: tuple(_unpack_entry(row) for row in rows) for owner, rows in groups.items()}


def _pack_entry(entry: Entry) -> tuple[Any, ...]:
    template = entry.template and entry.template.to_packed()
    schedule = entry.schedule and entry.schedule.to_packed()
    return entry._replace(template=template, schedule=schedule)  # type: ignore[arg-type]  # a row of primitives


def _unpack_entry(row: tuple[Any, ...]) -> Entry:
    entry = Entry(*row)
    # Most entries consist of primitives alone, and are what they were packed from.
    if not (entry.template or entry.schedule or entry.place or entry.arm):
        return entry
    return entry._replace(
        template=entry.template and Template.from_packed(entry.template),  # type: ignore[arg-type]  # packed
        schedule=entry.schedule and Schedule.from_packed(entry.schedule),  # type: ignore[arg-type]  # packed
        place=entry.place and Place(*entry.place),
        arm=entry.arm and Arm(*entry.arm),
    )
