"""Batches of scans on disk, for as long as there is nobody to take them.

Each worker appends to segments of its own. Whoever holds the lock of a segment may use it: the
worker that writes it, then whoever sends it. A lock ends with its holder, however that ends, so
that no segment waits for a process that is gone. Sending one twice does no harm, for a scan is
counted once by its id.
"""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Self

MAX_SEGMENT_BYTES = 4 * 1024 * 1024
MAX_SPOOL_BYTES = 256 * 1024 * 1024

_LENGTH_BYTES = 4
_SUFFIX = ".scans"
_NAME_BYTES = 8


class Segment:
    """A file of batches, locked for as long as it is open."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    @classmethod
    def find(cls, path: Path, flags: int = 0) -> Self | None:
        """Open and lock the file, or return None when somebody else has it or has dropped it."""
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | flags, 0o600)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                return None
            raise
        segment = cls(path, descriptor)
        # Its last holder may have dropped it after it was opened here.
        if os.fstat(descriptor).st_nlink == 0:
            segment.close()
            return None
        return segment

    def append(self, record: bytes) -> int:
        """Write *record* at the end, and return the size of the segment; whole, or it raises OSError."""
        size_bytes = os.fstat(self._descriptor).st_size
        if os.write(self._descriptor, record) != len(record):
            os.ftruncate(self._descriptor, size_bytes)
            raise OSError("the disk took only a part of a batch")
        return size_bytes + len(record)

    def read_batches(self) -> Iterator[bytes]:
        """Yield the batches; one that was cut short by a crash ends them."""
        content = self._path.read_bytes()
        position = 0
        while position < len(content):
            start = position + _LENGTH_BYTES
            position = start + int.from_bytes(content[position:start], "big")
            if position > len(content):
                return
            yield content[start:position]

    def drop(self) -> None:
        """Delete the file: everything in it has been sent."""
        self._path.unlink()

    def close(self) -> None:
        """Let the next one have it."""
        os.close(self._descriptor)


class Spool:
    """A folder of segments, of this process and of others."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own: Segment | None = None
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
        if self._own is None:
            self._own = self._make_segment()
        if self._own.append(record) > MAX_SEGMENT_BYTES:
            self.close()
        self._size_bytes += len(record)
        return True

    @contextlib.contextmanager
    def claim(self) -> Iterator[Segment | None]:
        """Lend a segment to send, or None. The one that this process was writing takes no more batches."""
        self.close()
        segment = next(filter(None, map(Segment.find, self._paths())), None)
        try:
            yield segment
        finally:
            if segment is not None:
                segment.close()

    def close(self) -> None:
        """Let others send what this process has written; what comes next goes into another segment."""
        if self._own is not None:
            self._own.close()
            self._own = None

    def _make_segment(self) -> Segment:
        self._folder.mkdir(parents=True, exist_ok=True)
        while True:
            path = self._folder / f"{secrets.token_hex(_NAME_BYTES)}{_SUFFIX}"
            # Between its making and its locking somebody may have taken it for one to send.
            segment = Segment.find(path, os.O_CREAT | os.O_EXCL)
            if segment is not None:
                return segment

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{_SUFFIX}"))


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # sent in the meantime
        return 0
