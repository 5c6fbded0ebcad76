"""How a worker that cannot read a slice has the keeper of its host mend it.

Workers append what they cannot read to a file, one key a line, and the keeper takes it away. What is lost
on the way is told again, for as long as somebody asks for such a slice.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rules_compiler.model import SliceKey
from rules_compiler.snapshot import SnapshotInvalidError

A_FILE = ""
"""Stands for a whole file that cannot be opened."""

MEND_SECONDS = 2.0
"""So long a request waits for a slice to be mended: many times what it takes when the database answers."""

_AGAIN_SECONDS = 5.0
_MOST_TOLD = 10_000
_MOST_BYTES = 1_000_000


class DamagedSliceError(SnapshotInvalidError):
    """The files of the host have a slice for this key, and it cannot be read; with `A_FILE`, no slice can."""

    def __init__(self, key: SliceKey) -> None:
        super().__init__(f"the slice {key} is damaged")
        self.key = key


class DamageBook:
    """The file in which damage is told, below *folder*."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "damaged.keys"

    def tell(self, key: SliceKey) -> None:
        """Let the keeper know; where the disk takes nothing, it does not."""
        with suppress(OSError):
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                if os.fstat(file).st_size < _MOST_BYTES:
                    os.write(file, f"{key}\n".encode())
            finally:
                os.close(file)

    def take(self) -> set[SliceKey]:
        """Return what was told since the last time; raises OSError."""
        taken = self._path.with_suffix(".taken")
        try:
            self._path.rename(taken)
        except FileNotFoundError:
            return set()
        told = set(taken.read_text().split("\n")[:-1])
        taken.unlink()
        return told


class Patience:
    """Tells how long to wait for a slice that cannot be read: at first for a while, and then no more.

    While nobody can mend it, those who ask for it must not pile up.
    """

    def __init__(self, book: DamageBook, now: Callable[[], float] = time.monotonic) -> None:
        self._book = book
        self._now = now
        self._first: dict[SliceKey, float] = {}
        self._last: dict[SliceKey, float] = {}

    def tell(self, key: SliceKey) -> float:
        """Have *key* mended, and return for how many seconds that is worth waiting."""
        now = self._now()
        if len(self._first) >= _MOST_TOLD:
            self.forget()
        if now - self._last.get(key, -_AGAIN_SECONDS) >= _AGAIN_SECONDS:
            self._book.tell(key)
            self._last[key] = now
        return max(0.0, self._first.setdefault(key, now) + MEND_SECONDS - now)

    def forget(self) -> None:
        """Begin anew, as with other files."""
        self._first.clear()
        self._last.clear()
