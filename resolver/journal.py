"""The change sets since the newest file of a table: one process of a host writes them, all read them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from struct import Struct
from typing import BinaryIO, NamedTuple
from zlib import crc32

import msgpack

from rules_compiler.model import SliceKey

_FRAME = Struct(">II")


class ChangeSet(NamedTuple):
    """Everything that differs between table *after* and table *number*; None deletes a slice."""

    after: int
    number: int
    slices: Mapping[SliceKey, bytes | None]


def append_change_set(file: BinaryIO, change_set: ChangeSet) -> int:
    """Write *change_set* at the end of *file*, and return its size in bytes.

    Raises OSError when the disk is full; what was half written is taken back, or ignored by readers.
    """
    packed: bytes = msgpack.packb(change_set)
    end = file.seek(0, 2)
    try:
        file.write(_FRAME.pack(len(packed), crc32(packed)) + packed)
        file.flush()
    except OSError:
        file.truncate(end)
        raise
    return _FRAME.size + len(packed)


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
            if len(packed) < length or crc32(packed) != checksum:
                return
            start += _FRAME.size + length
            self.position += _FRAME.size + length
            yield ChangeSet(*msgpack.unpackb(packed))

    def close(self) -> None:
        """Read no more."""
        self._file.close()
