"""The table that an edge serves: newer slices in memory over files that are mapped."""

from collections.abc import Mapping, Sequence

from resolver.damage import DamagedSliceError
from resolver.recent import Recent
from rules_compiler.model import SliceKey
from rules_compiler.snapshot import SnapshotInvalidError, slice_from_bytes
from rules_compiler.table_file import PackedTable, hash_key
from rules_compiler.tables import ItemSlice, Slice

# At some two kilobytes each.
_MAX_DECODED = 8_000


class _Newer:
    """A slice of the overlay: since which change set it is so, its bytes, None when deleted."""

    __slots__ = ("decoded", "number", "packed")

    def __init__(self, number: int, packed: bytes | None) -> None:
        self.number = number
        self.packed = packed
        self.decoded: Slice | None = None


class LayeredTable:
    """A frozen table of which the newest layer that knows a key speaks.

    `number` is the newest change set that it holds, `files` stand newest first below the overlay.
    """

    __slots__ = ("_decoded", "_newer", "files", "number")

    def __init__(
        self,
        number: int,
        files: Sequence[PackedTable] = (),
        newer: Mapping[SliceKey, _Newer] | None = None,
        decoded: Recent[SliceKey, Slice] | None = None,
    ) -> None:
        self.number = number
        self.files = tuple(files)
        self._newer = newer or {}
        # INVARIANT: holds slices of the files alone, so that tables over the same files share it.
        self._decoded: Recent[SliceKey, Slice] = Recent(_MAX_DECODED) if decoded is None else decoded

    def __len__(self) -> int:
        """Return how many records there are, in all layers."""
        return len(self._newer) + sum(map(len, self.files))

    @property
    def overlay_size(self) -> int:
        """How many slices are newer than the files."""
        return len(self._newer)

    def find(self, key: SliceKey) -> Slice | None:
        """Return the slice of *key*, or None.

        Raises DamagedSliceError when a file that may have it is damaged there: what an older file says
        may have been deleted since. Raises SnapshotInvalidError when it is of another format.
        """
        newer = self._newer.get(key)
        if newer is None:
            return self._decoded.get(key) or self._find_in_files(key)
        if newer.decoded is None and newer.packed:
            newer.decoded = slice_from_bytes(key, newer.packed)
        return newer.decoded

    def adopt(self, number: int, changes: Mapping[SliceKey, bytes | None]) -> "LayeredTable":
        """Return the table with *changes* applied whole; None deletes a slice."""
        newer = {**self._newer, **{key: _Newer(number, packed) for key, packed in changes.items()}}
        return LayeredTable(number, self.files, newer, self._decoded)

    def over(self, number: int, files: Sequence[PackedTable]) -> "LayeredTable":
        """Return the table over other *files*, which hold everything up to change set *number*."""
        newer = {key: each for key, each in self._newer.items() if each.number > number}
        return LayeredTable(max(number, self.number), files, newer)

    def _find_in_files(self, key: SliceKey) -> Slice | None:
        name = key.encode()
        hashed = hash_key(name)
        for file in self.files:
            try:
                packed = file.find(name, hashed)
            except SnapshotInvalidError:
                raise DamagedSliceError(key) from None
            if packed is not None:
                return self._decode(key, packed)
        return None

    def _decode(self, key: SliceKey, packed: bytes) -> Slice | None:
        if not packed:
            return None
        value = slice_from_bytes(key, packed)
        if not isinstance(value, ItemSlice):  # of these there are too many, and compositions hold them
            self._decoded.put(key, value)
        return value
