"""Percent-encoding of values, both ways."""

import re
from urllib.parse import quote, unquote_to_bytes

from rules_compiler.gs1.errors import DigitalLinkError

_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")
_BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")


def encode_value(value: str) -> str:
    """Return *value* percent-encoded for a canonical path or query: all but unreserved characters."""
    return value if _UNRESERVED.fullmatch(value) else quote(value, safe="")


def decode_value(raw: str, position: int) -> str:
    """Return *raw*, bytes read as Latin-1, decoded once; raises DigitalLinkError at *position*."""
    if not raw:
        raise DigitalLinkError("empty_value", position, "The value is empty: write one after the identifier.")
    if "%" not in raw:
        return raw
    if _BAD_ESCAPE.search(raw):
        raise DigitalLinkError(
            "bad_escape", position, f"{raw!r} holds a % without two hex digits: write a percent sign as %25."
        )
    value = unquote_to_bytes(raw.encode("latin-1")).decode("latin-1")
    if "\0" in value:
        raise DigitalLinkError("null_character", position, f"{raw!r} holds a null character, %00: remove it.")
    return value
