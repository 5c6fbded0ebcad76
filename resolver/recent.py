"""A cache of what was asked for lately, bounded by weight, that costs next to nothing to keep."""

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Two generations: what is asked for moves to the newer one, and the older one leaves as a whole.

    So nothing has to be ordered at each request, and what was asked for within the last half of the
    weight is surely there. The weight of everything is *limit* at most. `newer` is for reading where a
    call costs too much.
    """

    __slots__ = ("_half", "_older", "_weight", "newer")

    def __init__(self, limit: int) -> None:
        self._half = limit // 2
        self._weight = 0
        self._older: dict[K, tuple[V, int]] = {}
        self.newer: dict[K, tuple[V, int]] = {}

    def __len__(self) -> int:
        return len(self.newer) + len(self._older)

    @property
    def weight(self) -> int:
        """What everything weighs together."""
        return self._weight + sum(weight for _, weight in self._older.values())

    def get(self, key: K) -> V | None:
        """Return what is kept under *key*, or None."""
        kept = self.newer.get(key)
        if kept is None:
            kept = self._older.pop(key, None)
            if kept is None:
                return None
            self.put(key, *kept)
        return kept[0]

    def put(self, key: K, value: V, weight: int = 1) -> None:
        """Keep *value*; one that weighs more than half of the limit is not kept."""
        if weight > self._half:
            return
        if self._weight + weight > self._half:
            self._older, self.newer, self._weight = self.newer, {}, 0
        replaced = self.newer.get(key)
        if replaced is not None:
            self._weight -= replaced[1]
        self.newer[key] = (value, weight)
        self._weight += weight

    def drop(self, key: K) -> None:
        """Forget *key*."""
        dropped = self.newer.pop(key, None)
        if dropped is not None:
            self._weight -= dropped[1]
        self._older.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        self.newer, self._older, self._weight = {}, {}, 0
