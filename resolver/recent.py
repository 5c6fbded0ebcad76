"""A cache of what was asked for lately, bounded by weight, that costs next to nothing to keep."""

from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Two generations: what is asked for moves to the newer one, and the older one leaves as a whole.

    So nothing has to be ordered at each request, and what was asked for within the last half of the
    weight is surely there. What *weigh* returns for all values together is *limit* at most; without it
    each weighs one. The weight of a value must not change while it is kept.
    """

    __slots__ = ("_half", "_newer", "_older", "_weigh", "_weight")

    def __init__(self, limit: int, weigh: Callable[[V], int] = lambda _value: 1) -> None:
        self._half = limit // 2
        self._weigh = weigh
        self._weight = 0
        self._older: dict[K, V] = {}
        self._newer: dict[K, V] = {}

    def __len__(self) -> int:
        return len(self._newer) + len(self._older)

    @property
    def weight(self) -> int:
        """What everything weighs together."""
        return self._weight + sum(map(self._weigh, self._older.values()))

    @property
    def has_room(self) -> bool:
        """Whether nothing had to leave for anything yet, since it was empty."""
        return not self._older

    @property
    def lately(self) -> int:
        """What weighs that was asked for lately; everything together weighs about twice as much at most."""
        return self._weight

    def resize(self, limit: int) -> None:
        """Let everything together weigh *limit* at most; what was not asked for lately leaves for that."""
        self._half = limit // 2
        if self._weight > self._half:
            self.clear()
        elif self.weight > limit:
            self._older = {}

    def get(self, key: K) -> V | None:
        """Return what is kept under *key*, or None."""
        value = self._newer.get(key)
        if value is None:
            value = self._older.pop(key, None)
            if value is not None:
                self._add(key, value)
        return value

    def put(self, key: K, value: V) -> None:
        """Keep *value* instead of what was kept; one that weighs more than half of the limit is not kept."""
        self.drop(key)
        self._add(key, value)

    def drop(self, key: K) -> None:
        """Forget *key*."""
        dropped = self._newer.pop(key, None)
        if dropped is not None:
            self._weight -= self._weigh(dropped)
        self._older.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        self._newer, self._older, self._weight = {}, {}, 0

    def _add(self, key: K, value: V) -> None:
        weight = self._weigh(value)
        if weight > self._half:
            return
        if self._weight + weight > self._half:
            self._older, self._newer, self._weight = self._newer, {}, 0
        self._newer[key] = value
        self._weight += weight
