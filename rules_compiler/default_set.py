"""What a group answers by default when neither place nor weight has a say: told when it compiles.

Most requests name an item and nothing else, and nobody knows where they come from. For these the
default set of a group is always the same, and all that is left to the caller is which of it suits best.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgpack

from rules_compiler.entries import Entry
from rules_compiler.model import DEFAULT_LINK_TYPE, EpochSeconds
from rules_compiler.windows import PackedSchedule, Schedule

FOR_ALL = b""
"""Criteria that everybody meets: the first target is for all."""


class Target(NamedTuple):
    """Where an entry leads: `url`, or what the `parts` of a template make; with neither, the hosted page."""

    rule_id: str
    url: str | None
    parts: tuple[str, ...] | None
    schedule: PackedSchedule | None = None


class Criterion(NamedTuple):
    """What a target asks for: values for the placeholders `names`, and what it prefers of callers."""

    is_typed: bool
    names: tuple[str, ...]
    languages: tuple[str, ...]
    media_type: str | None
    contexts: tuple[str, ...]


class DefaultSet(NamedTuple):
    """Targets in order of evaluation, with the criteria of all of them as `read_criteria` reads them.

    `is_descriptive` says that it holds for organizations with DEFAULT_LINK_TYPE alone,
    `has_schedules` that some targets have windows.
    """

    criteria: bytes
    targets: tuple[Target, ...]
    is_descriptive: bool
    has_schedules: bool

    @classmethod
    def from_packed(cls, packed: Sequence[Any]) -> "DefaultSet":
        """Return the default set that was packed as a plain tuple."""
        criteria, targets, is_descriptive, has_schedules = packed
        return cls(criteria, tuple([Target(*target) for target in targets]), is_descriptive, has_schedules)

    def find_closed(self, at: EpochSeconds) -> tuple[tuple[int, ...], EpochSeconds]:
        """Return which targets have their windows closed at *at*, by index, and until when that holds."""
        closed, until = [], math.inf
        for index, target in enumerate(self.targets):
            if target.schedule is not None:
                is_open, changes_at = Schedule.from_packed(target.schedule).state_at(at)
                until = min(until, changes_at)
                if not is_open:
                    closed.append(index)
        return tuple(closed), until


def default_set_of(entries: Iterable[Entry]) -> DefaultSet | None:
    """Return the default set of *entries*, or None when weight has a say in it."""
    placeless = [entry for entry in entries if entry.place is None]
    chosen = _up_to([entry for entry in placeless if entry.link_type is None], _is_for_all)
    is_descriptive = not any(map(_holds_always, chosen))
    if is_descriptive:
        described = [entry for entry in placeless if entry.link_type == DEFAULT_LINK_TYPE]
        chosen += _up_to(described, _holds_always)
    if any(entry.arm is not None for entry in chosen):
        return None
    criteria = FOR_ALL if chosen and _is_for_all(chosen[0]) else msgpack.packb(list(map(_criterion, chosen)))
    has_schedules = any(entry.schedule is not None for entry in chosen)
    return DefaultSet(criteria, tuple(map(_target, chosen)), is_descriptive, has_schedules)


def read_criteria(criteria: bytes) -> list[Criterion]:
    """Return the criteria of a default set, one a target; FOR_ALL has none."""
    return [Criterion(*row) for row in msgpack.unpackb(criteria, use_list=False)]


def _up_to(entries: Sequence[Entry], is_last: Callable[[Entry], bool]) -> list[Entry]:
    for index, entry in enumerate(entries):
        if is_last(entry):
            return [*entries[: index + 1]]
    return [*entries]


def _is_for_all(entry: Entry) -> bool:
    return entry.is_fallback and _holds_always(entry)


def _holds_always(entry: Entry) -> bool:
    return entry.schedule is None and not _names(entry)


def _names(entry: Entry) -> tuple[str, ...]:
    """Return the placeholders of *entry* that not every GTIN fills."""
    return tuple(sorted(entry.template.names - {"gtin"})) if entry.template else ()


def _criterion(entry: Entry) -> Criterion:
    return Criterion(
        entry.link_type is not None, _names(entry), entry.languages, entry.media_type, entry.contexts
    )


def _target(entry: Entry) -> Target:
    template = entry.template
    schedule = entry.schedule.to_packed() if entry.schedule else None
    if template is None:
        return Target(entry.rule_id, entry.url, None, schedule)
    return Target(entry.rule_id, None, template.parts, schedule)
