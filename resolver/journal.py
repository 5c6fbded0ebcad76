"""The change sets since the newest file of a table: one process of a host writes them, all read them."""

import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from struct import Struct
from typing import NamedTuple
from zlib import crc32

import msgpack

from rules_compiler.model import SliceKey

_FRAME = Struct(">II")


class ChangeSet(NamedTuple):
    """Everything that differs between table *after* and table *number*; None deletes a slice.

    `lineage` is that of table *number*, None when it is not known.
    """

    after: int
    number: int
    slices: Mapping[SliceKey, bytes | None]
    lineage: str | None = None


class JournalWriter:
    """Writes a journal from *end* on, where its last whole change set ends; what stands there is cut off."""

    def __init__(self, path: Path, end: int = 0) -> None:
        os.truncate(path, end)
        # Unbuffered: what a full disk has refused must not be written by a later call.
        self._file = io.FileIO(path, "r+")
        self.size_bytes = end

    def append(self, change_set: ChangeSet) -> None:
        """Write *change_set* behind the others.

        Raises OSError when the disk is full; what was half written is taken back, and ignored until then.
        """
        packed: bytes = msgpack.packb(change_set)
        frame = memoryview(_FRAME.pack(len(packed), crc32(packed)) + packed)
        self._file.seek(self.size_bytes)
        try:
            rest = frame
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError:
            self._file.truncate(self.size_bytes)
            raise
        self.size_bytes += len(frame)

    def close(self) -> None:
        """Write no more."""
        self._file.close()


class JournalReader:
    """Reads a journal from its beginning, and again what has come since."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self.position = 0

    def read_new(self) -> Iterator[ChangeSet]:
        """Yield the change sets that were not yet read; one that is not whole is left for later."""
        self._file.seek(self.position)
        content = self._file.read()
        start = 0
        while start + _FRAME.size <= len(content):
            length, checksum = _FRAME.unpack_from(content, start)
            packed = content[start + _FRAME.size : start + _FRAME.size + length]
            # A length of 0 is what a loss of power leaves of a file: zeros, with which every checksum agrees.
            if not length or len(packed) < length or crc32(packed) != checksum:
                return
            start += _FRAME.size + length
            self.position += _FRAME.size + length
            yield ChangeSet(*msgpack.unpackb(packed))

    def close(self) -> None:
        """Read no more."""
        self._file.close()
