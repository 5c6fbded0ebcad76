import msgpack
import pytest

from rules_compiler.scan import Scan, pack_scans, unpack_scans

SCAN = Scan(
    b"0" * 16, 1.5, "01/09506000134352", "org", "brand", "rule", "hosted", "CA", "mobile", is_bot=False
)


def test_a_batch_comes_back_as_it_was() -> None:
    assert unpack_scans(pack_scans([SCAN, SCAN._replace(country=None)])) == [
        SCAN,
        SCAN._replace(country=None),
    ]


@pytest.mark.parametrize("packed", [b"\xc1", b"\x07", msgpack.packb([(1, 2)])])
def test_other_bytes_are_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        unpack_scans(packed)
