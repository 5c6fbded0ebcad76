"""How kept things learn that a slice which they were made from has changed."""

from collections.abc import Iterable
from typing import Optional

from rules_compiler.model import EpochSeconds, SliceKey

_SLOTS = 1 << 16


class Term:
    """How long something may be used: from *since* until *until*, while the slices under it are the same.

    It ends with the *wider* term, if there is one.
    """

    __slots__ = ("_grounds", "_version", "_wider", "first", "second", "since", "sum", "until")

    def __init__(
        self,
        grounds: "Grounds",
        slots: tuple[int, int],
        since: EpochSeconds,
        until: EpochSeconds,
        wider: Optional["Term"],
    ) -> None:
        self._grounds = grounds
        self._version = grounds.version
        self.first, self.second = slots
        # Counters only grow: their sum is the same if and only if each of them is.
        self.sum = grounds.changes[self.first] + grounds.changes[self.second]
        self._wider = wider
        self.since = since
        self.until = until

    def holds_at(self, at: EpochSeconds) -> bool:
        """Return whether what was made then is still true at *at*."""
        if not self.since <= at < self.until:
            return False
        grounds = self._grounds
        if self._version == grounds.version:
            return True
        changes, wider = grounds.changes, self._wider
        # INVARIANT: no term lasts longer than a wider one, so that only the slices of that are asked for.
        is_unchanged = changes[self.first] + changes[self.second] == self.sum and (
            wider is None or changes[wider.first] + changes[wider.second] == wider.sum
        )
        if is_unchanged:
            self._version = grounds.version
        return is_unchanged


class Grounds:
    """Counts changes of slices, many to a counter: what stands on one may end early, but never late.

    `version` grows with each change of any: while it is the same, so is everything.
    """

    def __init__(self) -> None:
        self.changes = [0] * _SLOTS
        self.version = 0

    def stand_on(
        self,
        key: SliceKey,
        other: SliceKey | None = None,
        *,
        since: EpochSeconds,
        until: EpochSeconds,
        wider: Term | None = None,
    ) -> Term:
        """Return the term of what is made now from the slices of one key or two, there or not."""
        slot = _slot_of(key)
        slots = (slot, slot if other is None else _slot_of(other))
        return Term(self, slots, since, until if wider is None else min(until, wider.until), wider)

    def change(self, keys: Iterable[SliceKey]) -> None:
        """End what stands on one of *keys*; an item stands for all levels below it."""
        for key in keys:
            self.changes[_slot_of("/".join(key.split("/", 2)[:2]))] += 1
        self.version += 1

    def change_all(self) -> None:
        """End everything."""
        self.changes[:] = [count + 1 for count in self.changes]
        self.version += 1


def _slot_of(key: SliceKey) -> int:
    return hash(key) % _SLOTS
