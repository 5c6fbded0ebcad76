"""The numbers that the workers of a host tell each other: a file for each, and whoever is asked reads all.

A worker holds a slot for as long as it lives, by a lock that the kernel takes from it however it ends.
Whoever holds a slot next goes on counting from what its file says. So the sum of all files never falls,
there are no more files than workers ever were at once, and nobody has to clean up after the dead.

This stands in for the multi-process mode of prometheus-client. There a file stays behind for each
process that ever was, the gauges of the dead are told until somebody says who is dead, which Granian
does not, and a histogram cannot be filled from counts but only observed, request by request.
"""

import fcntl
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import IO, NamedTuple

import orjson

# Raised when the numbers of an older release cannot be gone on with.
_FORMAT = 1


class Numbers(NamedTuple):
    """What one worker tells, by series: counters only grow, gauges are of the moment."""

    counters: Mapping[str, float]
    gauges: Mapping[str, float]


class Slots:
    """A folder of slots, one of which this process holds once it has told something."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: IO[bytes] | None = None
        self._slot = 0
        self._before: Mapping[str, float] = {}

    def tell(self, numbers: Numbers) -> None:
        """Let everybody know what this process counted since it began; raises OSError."""
        if self._lock is None:
            self._take()
        counters = add_up([self._before, numbers.counters])
        beside = self._path(self._slot, "json.new")
        beside.write_bytes(orjson.dumps([_FORMAT, counters, numbers.gauges]))
        beside.rename(self._path(self._slot, "json"))

    def read_counters(self) -> dict[str, float]:
        """Return the sums over all slots, held or not; raises OSError."""
        return add_up(self._read(slot).counters for slot in self._slots())

    def read_gauges(self) -> dict[int, Mapping[str, float]]:
        """Return for each slot that a living worker holds what it told last; raises OSError."""
        return {slot: self._read(slot).gauges for slot in self._slots() if self._is_held(slot)}

    def leave(self) -> None:
        """Let another have the slot of this process."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _take(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for slot in count():
            # A reader that looks whether a slot is held, holds it for that moment; then the next will do.
            lock = _try_lock(self._path(slot, "lock"))
            if lock is not None:
                self._slot, self._before, self._lock = slot, self._read(slot).counters, lock
                return

    def _is_held(self, slot: int) -> bool:
        try:
            with self._path(slot, "lock").open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False

    def _read(self, slot: int) -> Numbers:
        """Return what the file of *slot* says: nothing when there is none, or it is damaged."""
        try:
            number, counters, gauges = orjson.loads(self._path(slot, "json").read_bytes())
        except (FileNotFoundError, TypeError, ValueError):
            return Numbers({}, {})
        return Numbers(counters, gauges) if number == _FORMAT else Numbers({}, {})

    def _slots(self) -> Iterator[int]:
        return iter(sorted(int(path.stem) for path in self._folder.glob("*.json")))

    def _path(self, slot: int, suffix: str) -> Path:
        return self._folder / f"{slot}.{suffix}"


def add_up(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Return the sum of each series, in the order in which they first come."""
    sums: dict[str, float] = {}
    for part in parts:
        for series, number in part.items():
            sums[series] = sums.get(series, 0) + number
    return sums


def _try_lock(path: Path) -> IO[bytes] | None:
    lock = path.open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock
