import pytest
from hypothesis import given
from msgpack import packb

from rules_compiler.compiler import compile_catalogue
from rules_compiler.model import Catalogue
from rules_compiler.snapshot import (
    SnapshotInvalidError,
    slice_from_bytes,
    slice_to_bytes,
    table_from_bytes,
    table_number,
    table_to_bytes,
)
from tests.factories import item_key, make_catalogue, make_rule
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


class TestTable:
    def test_a_file_gives_back_number_and_slices(self) -> None:
        table = compile_catalogue(make_catalogue(make_rule()))
        content = table_to_bytes(7, table.packed)
        assert table_from_bytes(content) == (7, dict(table.packed))
        assert table_number(content) == 7

    @pytest.mark.parametrize("position", [0, 10, 30, -1])
    def test_one_wrong_bit_is_found(self, position: int) -> None:
        content = bytearray(table_to_bytes(7, compile_catalogue(make_catalogue(make_rule())).packed))
        content[position] ^= 1
        with pytest.raises(SnapshotInvalidError):
            table_from_bytes(bytes(content))

    def test_a_file_cut_short_is_refused(self) -> None:
        content = table_to_bytes(7, compile_catalogue(make_catalogue(make_rule())).packed)
        with pytest.raises(SnapshotInvalidError):
            table_from_bytes(content[:-20])
