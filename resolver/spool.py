"""Batches of scans on disk, for as long as there is nobody to take them.

Each worker appends to segments of its own; a segment that is full, or whose worker is gone, can
be sent by anybody. Sending one twice does no harm, for a scan is counted once by its id.
"""

import os
from collections.abc import Iterator
from pathlib import Path

MAX_SEGMENT_BYTES = 4 * 1024 * 1024
MAX_SPOOL_BYTES = 256 * 1024 * 1024

_LENGTH_BYTES = 4
_SUFFIX = ".scans"


class Spool:
    """A folder of segments, named by the process that wrote them and a running number."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self._size_bytes = 0

    @property
    def size_bytes(self) -> int:
        """What all segments take now, whoever wrote them; raises OSError."""
        return sum(_size_of(path) for path in self._paths())

    def append(self, packed: bytes) -> bool:
        """Keep a batch; return False when the spool is full. Raises OSError when the disk is."""
        record = len(packed).to_bytes(_LENGTH_BYTES, "big") + packed
        if self._size_bytes + len(record) > MAX_SPOOL_BYTES:
            self._size_bytes = self.size_bytes
            if self._size_bytes + len(record) > MAX_SPOOL_BYTES:
                return False
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._current().open("ab") as file:
            file.write(record)
            if file.tell() > MAX_SEGMENT_BYTES:
                self._number += 1
        self._size_bytes += len(record)
        return True

    def find_segment(self) -> Path | None:
        """Return a segment that this process may send, or None. It takes no more batches."""
        for path in self._paths():
            owner = int(path.name.partition("-")[0])
            if owner == os.getpid():
                self._number += path == self._current()
                return path
            if not _is_alive(owner):
                return path
        return None

    def _current(self) -> Path:
        return self._folder / f"{os.getpid()}-{self._number}{_SUFFIX}"

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob(f"*-*{_SUFFIX}"))


def read_batches(segment: Path) -> Iterator[bytes]:
    """Yield the batches of *segment*; one that was cut short by a crash ends it."""
    content = segment.read_bytes()
    position = 0
    while position < len(content):
        start = position + _LENGTH_BYTES
        position = start + int.from_bytes(content[position:start], "big")
        if position > len(content):
            return
        yield content[start:position]


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # sent since the folder was listed
        return 0


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
