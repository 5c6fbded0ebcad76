"""A table as a file that is read where it lies: records, and an index by hash that finds them.

The layout, all numbers in the order of the machine that wrote them:

- a header: magic (a number, unknown to machines of the other order), format, fan-out bits, number of
  the table, count of records, place of the index, digest of header and index;
- records: CRC-32 of what follows, length of the key, length of the slice, key, slice. A slice of no
  length says that there is none any more;
- the index: where each range of hashes begins (the fan-out), then all hashes in order, then the
  place of the record of each.

Nothing but header and index is read before a record is asked for, so a file of any size opens at once
and its pages are shared by all processes that map it.
"""

import heapq
import struct
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from struct import Struct
from typing import BinaryIO, TypeAlias
from zlib import crc32

from rules_compiler.model import SliceKey
from rules_compiler.snapshot import SnapshotInvalidError

DELETED = b""
"""Stands for a slice that an older file may still have, and that is no more."""

Hash: TypeAlias = int

_FORMAT = 1
_MAGIC = 0x5349_474E_504F_5354
_HEADER = Struct("=QIIQQQ16s")
_CRC = Struct("=I")
_LENGTHS = Struct("=HI")
_PLACE = Struct("=QQ")
_BUCKETS = 256
_KEYS_PER_RANGE_BITS = 2
_HASH_BITS = 64
_WORD_BYTES = 8


def hash_key(key: bytes) -> Hash:
    """Return the number under which *key* is indexed; it spreads evenly over 64 bits."""
    return int.from_bytes(blake2b(key, digest_size=8).digest(), "little")


class TableWriter:
    """Writes a table into *out*, which must be seekable and empty. No key may come twice.

    It keeps 16 bytes a record in memory, whatever the records weigh.
    """

    def __init__(self, out: BinaryIO, number: int) -> None:
        self._out = out
        self._number = number
        self._offset = _HEADER.size
        self._buckets = [bytearray() for _ in range(_BUCKETS)]
        self.count = 0
        out.write(bytes(_HEADER.size))

    def add(self, key: SliceKey, value: bytes) -> None:
        """Write one slice, or DELETED."""
        name = key.encode()
        record = _LENGTHS.pack(len(name), len(value)) + name + value
        self._out.write(_CRC.pack(crc32(record)) + record)
        hashed = hash_key(name)
        self._buckets[hashed >> (_HASH_BITS - 8)] += _PLACE.pack(hashed, self._offset)
        self._offset += _CRC.size + len(record)
        self.count += 1

    def finish(self) -> None:
        """Write index and header; before that the file is no table."""
        padding = -self._offset % _WORD_BYTES
        self._out.write(bytes(padding))
        bits = max(1, self.count.bit_length() - _KEYS_PER_RANGE_BITS)
        starts, hashes, offsets = self._sort(bits)
        index = b"".join((starts.tobytes(), hashes.tobytes(), offsets.tobytes()))
        fields = (_MAGIC, _FORMAT, bits, self._number, self.count, self._offset + padding)
        digest = blake2b(_HEADER.pack(*fields, bytes(16)) + index, digest_size=16).digest()
        self._out.write(index)
        self._out.seek(0)
        self._out.write(_HEADER.pack(*fields, digest))

    def _sort(self, bits: int) -> tuple["array[int]", "array[int]", "array[int]"]:
        starts, hashes, offsets = array("Q", [0]), array("Q"), array("Q")
        shift = _HASH_BITS - bits
        for bucket in self._buckets:
            for hashed, offset in sorted(_PLACE.iter_unpack(bucket)):
                while len(starts) <= hashed >> shift:
                    starts.append(len(hashes))
                hashes.append(hashed)
                offsets.append(offset)
            bucket.clear()
        starts.extend([len(hashes)] * ((1 << bits) + 1 - len(starts)))
        return starts, hashes, offsets


class PackedTable:
    """Reads a table out of *content*, such as a mapped file, and copies what it is asked for only.

    Raises SnapshotInvalidError when header or index are damaged or of another format; a damaged record
    is found when it is read.
    """

    def __init__(self, content: memoryview) -> None:
        self._content = content
        if len(content) < _HEADER.size:
            raise SnapshotInvalidError("the file is too short for a table")
        magic, format_, bits, self.number, count, offset, digest = _HEADER.unpack_from(content)
        if (magic, format_) != (_MAGIC, _FORMAT):
            raise SnapshotInvalidError(f"the file is no table of format {_FORMAT}")
        index = content[offset:]
        words = (1 << min(bits, _HASH_BITS)) + 1 + 2 * count
        header = _HEADER.pack(magic, format_, bits, self.number, count, offset, bytes(16))
        if len(index) != words * _WORD_BYTES or _digest(header, index) != digest:
            raise SnapshotInvalidError("the index of the table is damaged")
        numbers = index.cast("Q")
        first = (1 << bits) + 1
        self._shift = _HASH_BITS - bits
        self._starts = numbers[:first]
        self._hashes = numbers[first : first + count]
        self._offsets = numbers[first + count :]

    def __len__(self) -> int:
        return len(self._hashes)

    @property
    def size_bytes(self) -> int:
        """The size of the whole table."""
        return len(self._content)

    def find(self, key: bytes, hashed: Hash) -> bytes | None:
        """Return the slice of *key*, DELETED, or None when the table says nothing of it.

        Raises SnapshotInvalidError when the record is damaged, or the way to it since the file was opened.
        """
        try:
            return self._find(key, hashed)
        except (struct.error, IndexError):
            raise SnapshotInvalidError("the index leads nowhere") from None

    def _find(self, key: bytes, hashed: Hash) -> bytes | None:
        place = hashed >> self._shift
        low, high = self._starts[place], self._starts[place + 1]
        if low == high:
            return None
        hashes = self._hashes
        index = bisect_left(hashes, hashed, low, high)
        while index < high and hashes[index] == hashed:
            name, value = self._read(self._offsets[index])
            if name == key:
                return value
            index += 1
        return None

    def items(self) -> Iterator[tuple[Hash, bytes, bytes]]:
        """Yield hash, key and slice of every record, in the order of the hashes."""
        for hashed, offset in zip(self._hashes, self._offsets, strict=True):
            yield (hashed, *self._read(offset))

    def _read(self, offset: int) -> tuple[bytes, bytes]:
        content = self._content
        (checksum,) = _CRC.unpack_from(content, offset)
        start = offset + _CRC.size
        key_length, length = _LENGTHS.unpack_from(content, start)
        record = bytes(content[start : start + _LENGTHS.size + key_length + length])
        if crc32(record) != checksum:
            raise SnapshotInvalidError(f"the record at {offset} is damaged")
        value = _LENGTHS.size + key_length
        return record[_LENGTHS.size : value], record[value:]


def merge(newest_first: Sequence[PackedTable], writer: TableWriter, *, keeps_deleted: bool) -> None:
    """Write what the tables say together: of each key what the newest says that knows it.

    What is deleted must be kept for as long as there is an older table below.
    """
    streams = [_aged(table, age) for age, table in enumerate(newest_first)]
    last = None
    for _hash, key, _age, value in heapq.merge(*streams):
        if key != last and (value or keeps_deleted):
            writer.add(key.decode(), value)
        last = key


def _aged(table: PackedTable, age: int) -> Iterator[tuple[Hash, bytes, int, bytes]]:
    for hashed, key, value in table.items():
        yield hashed, key, age, value


def _digest(header: bytes, index: memoryview) -> bytes:
    digest = blake2b(header, digest_size=16)
    digest.update(index)
    return digest.digest()
