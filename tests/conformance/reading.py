"""Read a path with the public parser: what it says, or why it is refused."""

import pytest

from rules_compiler.gs1 import STRICT, DigitalLinkError, ParseOptions, parse_uri
from tests.conformance.example import GLN, GTIN, SSCC


def to_uri(path: str) -> str:
    """Return *path* at a host; `{G}`, `{L}` and `{S}` stand for the example's identifiers."""
    named = {"{G}": GTIN, "{L}": GLN, "{S}": SSCC}
    for name, value in named.items():
        path = path.replace(name, value)
    return f"https://id.example.org{path}"


def read(path: str, options: ParseOptions = STRICT) -> dict[str, str]:
    """Return the identifiers of *path* with their values."""
    return dict(parse_uri(to_uri(path), options).elements)


def refusal(path: str, options: ParseOptions = STRICT) -> str:
    """Return the code with which *path* is refused."""
    with pytest.raises(DigitalLinkError) as refused:
        parse_uri(to_uri(path), options)
    return refused.value.code
