"""What kept answers stand on: slices that a change can take from under them."""

from collections.abc import Iterable
from weakref import WeakValueDictionary

from rules_compiler.model import SliceKey


class Ground:
    """One slice as it was when something was made from it; `holds` until the slice changes."""

    __slots__ = ("__weakref__", "holds")

    def __init__(self) -> None:
        self.holds = True


class Grounds:
    """Finds the ground that stands for a slice. It lives for as long as anything stands on it."""

    def __init__(self) -> None:
        self._by_key: WeakValueDictionary[SliceKey, Ground] = WeakValueDictionary()

    def of(self, key: SliceKey) -> Ground:
        """Return what stands for the slice of *key* as it is now; it need not exist."""
        ground = self._by_key.get(key)
        if ground is None:
            ground = self._by_key[key] = Ground()
        return ground

    def change(self, keys: Iterable[SliceKey]) -> None:
        """Let nothing hold that stands on one of *keys*; an item stands for all levels below it."""
        for key in keys:
            ground = self._by_key.pop("/".join(key.split("/", 2)[:2]), None)
            if ground is not None:
                ground.holds = False

    def change_all(self) -> None:
        """Let nothing hold."""
        for ground in self._by_key.values():
            ground.holds = False
        self._by_key.clear()
