import pytest
from hypothesis import given
from msgpack import packb

from rules_compiler.compiler import compile_catalogue
from rules_compiler.model import Catalogue
from rules_compiler.snapshot import (
    SnapshotInvalidError,
    slice_from_bytes,
    slice_to_bytes,
)
from tests.factories import item_key
from tests.rules_compiler.strategies import anything


class TestSlice:
    @given(anything)
    def test_reading_and_writing_again_changes_nothing(self, catalogue: Catalogue) -> None:
        for key, packed in compile_catalogue(catalogue).packed.items():
            assert slice_to_bytes(slice_from_bytes(key, packed)) == packed

    @pytest.mark.parametrize("packed", [b"", b"\x00", b"\xc1", packb((1, "x", {})), packb((9,))])
    def test_other_bytes_are_refused(self, packed: bytes) -> None:
        with pytest.raises(SnapshotInvalidError):
            slice_from_bytes(item_key(), packed)
