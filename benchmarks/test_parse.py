"""How long a path takes to be understood."""

from typing import Any

import pytest

from rules_compiler.gs1 import EDGE, STRICT, ParseOptions, parse_path

GTIN = "09520000100018"


@pytest.mark.parametrize(
    ("path", "query", "options", "key"),
    [
        (f"/01/{GTIN}", b"", EDGE, f"01/{GTIN}"),
        (f"/01/{GTIN}/10/LOT7/21/S-42", b"", EDGE, f"01/{GTIN}/10/LOT7/21/S-42"),
        (
            f"/01/{GTIN}/22/2A/10/LOT7/21/S-42",
            b"17=270131&3103=000750",
            STRICT,
            f"01/{GTIN}/22/2A/10/LOT7/21/S-42",
        ),
        (f"/01/{GTIN}/21/a%2Fb%22c%25", b"", EDGE, f"01/{GTIN}/21/a%2Fb%22c%25"),
    ],
    ids=["gtin", "lot-and-serial", "four-ais-two-attributes-strict", "escaped"],
)
def test_parse(benchmark: Any, path: str, query: bytes, options: ParseOptions, key: str) -> None:
    raw = path.encode()
    assert benchmark(parse_path, raw, query, options).slice_key == key
