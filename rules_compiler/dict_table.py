"""A table held in memory: a dict of packed slices, each decoded when it is first asked for."""

from collections.abc import Mapping

from rules_compiler.model import SliceKey
from rules_compiler.snapshot import slice_from_bytes
from rules_compiler.tables import Slice


class DictTable:
    """A frozen table; `adopt` makes the next one, and this one goes on answering as before."""

    __slots__ = ("_decoded", "_packed", "number")

    def __init__(
        self, number: int, packed: Mapping[SliceKey, bytes], decoded: dict[SliceKey, Slice] | None = None
    ) -> None:
        self.number = number
        self._packed = packed
        self._decoded = {} if decoded is None else decoded

    def __len__(self) -> int:
        return len(self._packed)

    @property
    def overlay_size(self) -> int:
        """How many slices are newer than any file: all."""
        return len(self._packed)

    @property
    def packed(self) -> Mapping[SliceKey, bytes]:
        """All slices as bytes, for writing a snapshot."""
        return self._packed

    def find(self, key: SliceKey) -> Slice | None:
        """Return the slice of *key*, or None; raises SnapshotInvalidError when it is damaged."""
        found = self._decoded.get(key)
        if found is None:
            packed = self._packed.get(key)
            if packed is None:
                return None
            # INVARIANT: slices are frozen, so decoding twice at once gives equal answers.
            found = self._decoded[key] = slice_from_bytes(key, packed)
        return found

    def adopt(self, number: int, changes: Mapping[SliceKey, bytes | None]) -> "DictTable":
        """Return the table with *changes* applied whole; None deletes a slice."""
        packed, decoded = dict(self._packed), dict(self._decoded)
        for key, value in changes.items():
            decoded.pop(key, None)
            if value is None:
                packed.pop(key, None)
            else:
                packed[key] = value
        return DictTable(number, packed, decoded)
