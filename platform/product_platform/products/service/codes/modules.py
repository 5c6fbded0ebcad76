"""The dark and light modules of a code, as the encoder has them."""

from collections.abc import Mapping
from typing import Any

import zxingcpp


def encode(symbology: Any, content: str, *, identifier: str, **options: Any) -> list[list[int]]:
    """Return the rows of modules, 1 for dark, without a quiet zone.

    Raises ValueError when the encoder refuses *content*, and RuntimeError when what it has made is
    not a code with the symbology *identifier*: it ignores options that it does not know.
    """
    code = zxingcpp.create_barcode(content, symbology, **options)
    if not code.symbology_identifier.startswith(identifier):
        raise RuntimeError(f"{content!r} became a code {code.symbology_identifier}, not {identifier}")
    picture: Any = code.to_image(scale=1, add_hrt=False, add_quiet_zones=False)
    image: Any = memoryview(picture).tolist()
    return [[int(pixel == 0) for pixel in row] for row in image]


def encode_gs1(symbology: Any, elements: Mapping[str, str], *, identifier: str) -> list[list[int]]:
    """Return the rows of modules of application identifiers and their values, behind an FNC1."""
    # Square brackets, which no value can have: round ones may stand in a lot.
    content = "".join(f"[{ai}]{value}" for ai, value in elements.items())
    return encode(symbology, content, identifier=identifier, gs1=True)
