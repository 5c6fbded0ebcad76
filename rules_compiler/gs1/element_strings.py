"""Element strings, as barcodes carry them: bracketed `(01)…(10)…` for people, FNC1 form for machines."""

import re
from collections.abc import Iterator

from rules_compiler.gs1.assembly import assemble, has_predefined_length
from rules_compiler.gs1.dictionary import IDENTIFIERS
from rules_compiler.gs1.errors import DigitalLinkError
from rules_compiler.gs1.formats import format_of, shown
from rules_compiler.gs1.link import DigitalLink
from rules_compiler.gs1.order import Pair

FNC1 = "^"
"""How FNC1 is written here; no value holds it. Readers of barcodes send the byte 0x1D in its place."""

_GROUP_SEPARATOR = "\x1d"
_BRACKETED = re.compile(r"\(([0-9]{2,4})\)((?:[^(\\]|\\\(|\\)*)")
_ESCAPED_BRACKET = r"\("
_LENGTHS = {ai[:2]: len(ai) for ai in IDENTIFIERS}


def to_element_string(link: DigitalLink, *, bracketed: bool) -> str:
    r"""Return what *link* identifies as an element string: the path's identifiers, then the attributes.

    In bracketed text a `(` within a value is written `\(`. The other form starts with FNC1 and has
    a further one behind each value of open length but the last.
    """
    if bracketed:
        return "".join(f"({ai}){value.replace('(', _ESCAPED_BRACKET)}" for ai, value in link.elements)
    pieces = (f"{ai}{value}{'' if has_predefined_length(ai) else FNC1}" for ai, value in link.elements)
    return (FNC1 + "".join(pieces)).removesuffix(FNC1)


def from_element_string(text: str) -> DigitalLink:
    """Return the link of an element string in either form; raises DigitalLinkError.

    FNC1 may be written `^` or be the byte 0x1D. The first primary key in *text* starts the link.
    """
    if text.startswith("("):
        return assemble(list(_read_bracketed(text)))
    if text.startswith((FNC1, _GROUP_SEPARATOR)):
        return assemble(list(_read_separated(text.replace(_GROUP_SEPARATOR, FNC1))))
    message = f"{shown(text)} is no element string: it starts with a bracket, as (01), or with FNC1, as ^01."
    raise DigitalLinkError("bad_character", 0, message)


def _read_bracketed(text: str) -> Iterator[Pair]:
    position = 0
    while position < len(text):
        match = _BRACKETED.match(text, position)
        if match is None:
            message = (
                r"An identifier of 2 to 4 digits in brackets must stand here; write a bracket in a value \(."
            )
            raise DigitalLinkError("unknown_ai", position, message)
        ai, value = match.groups()
        yield _to_pair(ai, value.replace(_ESCAPED_BRACKET, "("), position)
        position = match.end()


def _read_separated(text: str) -> Iterator[Pair]:
    position = 0
    while position < len(text):
        # A reader may send FNC1 even where the length of the value before needs none.
        if text[position] == FNC1:
            position += 1
        ai = text[position : position + _LENGTHS.get(text[position : position + 2], 2)]
        start = position + len(ai)
        end = start + len(text[start:].partition(FNC1)[0])
        if ai in IDENTIFIERS and has_predefined_length(ai):
            end = min(end, start + format_of(ai).longest)
        yield _to_pair(ai, text[start:end], position)
        position = end


def _to_pair(ai: str, value: str, position: int) -> Pair:
    if ai not in IDENTIFIERS:
        message = f"{shown(ai)} is no application identifier: check the element string against the barcode."
        raise DigitalLinkError("unknown_ai", position, message)
    if not value:
        raise DigitalLinkError("empty_value", position, f"The value of {ai} is empty: write one after it.")
    return Pair(ai, value, position)
