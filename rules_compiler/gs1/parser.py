"""From a URI, or the path and query of a request, to the identifiers it carries.

Paths are read undecoded, so that an encoded slash stays part of its value. The commonest links, a
GTIN with plain qualifiers, take a shortcut; every other link takes the long way, which gives the
same verdicts.
"""

import re

from rules_compiler.gs1.errors import DigitalLinkError
from rules_compiler.gs1.formats import shown
from rules_compiler.gs1.gtin import check_sum
from rules_compiler.gs1.link import DigitalLink
from rules_compiler.gs1.options import STRICT, ParseOptions
from rules_compiler.gs1.paths import read_path
from rules_compiler.gs1.query import read_query

_PLAIN_GTIN = re.compile(
    r"/(01/([0-9]{14})(?:/22/([\w.-]{1,20}))?(?:/10/([\w.-]{1,20}))?(?:/21/([\w.-]{1,20}))?)", re.ASCII
)
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_AUTHORITY = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?=[/?#]|\Z)")
_FOREIGN_CHARACTER = re.compile(r"[^A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]")


def parse_path(raw_path: bytes, raw_query: bytes = b"", options: ParseOptions = STRICT) -> DigitalLink:
    """Return the Digital Link of a request whose path and query stand as received.

    Raises DigitalLinkError; its position counts the bytes of `path?query`.
    """
    link = parse_plain_gtin(raw_path) or read_path(raw_path, options)
    if not raw_query:
        return link
    return read_query(link, raw_query, options, position=len(raw_path) + 1)


def parse_uri(text: str, options: ParseOptions = STRICT) -> DigitalLink:
    """Return the Digital Link that the absolute URI *text* is; raises DigitalLinkError.

    Any host will do. The fragment is ignored, once it holds characters of a URI only.
    """
    scheme = _SCHEME.match(text)
    if scheme is None:
        raise DigitalLinkError("scheme", 0, f"{shown(text)} does not start with https:// or http://.")
    authority = _AUTHORITY.match(text, scheme.end())
    if authority is None:
        message = "The host is missing, or holds more than letters, digits, dots, hyphens and a port."
        raise DigitalLinkError("authority", scheme.end(), message)
    start = authority.end()
    if foreign := _FOREIGN_CHARACTER.search(text, start):
        message = f"A URI may not hold {shown(foreign[0])}: percent-encode it."
        raise DigitalLinkError("bad_character", _segment_start(text, foreign.start(), start), message)
    path, _, query = text[start:].partition("#")[0].partition("?")
    try:
        return parse_path(path.encode(), query.encode(), options)
    except DigitalLinkError as error:
        raise error.moved(start) from None


def parse_plain_gtin(raw_path: bytes) -> DigitalLink | None:
    """Return the link of a path that is a GTIN with qualifiers that need no decoding, else None."""
    link = read_plain_gtin(raw_path)
    return None if link is None or check_sum(raw_path[4:18]) else link


def read_plain_gtin(raw_path: bytes) -> DigitalLink | None:
    """Return what `parse_plain_gtin` does, and a link as well where only the check digit is wrong."""
    match = _PLAIN_GTIN.fullmatch(raw_path.decode("latin-1"))
    if match is None:
        return None
    slice_key, gtin, variant, lot, serial = match.groups()
    ais = [("01", gtin)]
    if variant:
        ais.append(("22", variant))
    if lot:
        ais.append(("10", lot))
    if serial:
        ais.append(("21", serial))
    return DigitalLink(tuple(ais), slice_key)


def _segment_start(text: str, index: int, path_start: int) -> int:
    marks = "&?#" if "?" in text[path_start:index] else "/#"
    return max(text.rfind(mark, path_start, index) for mark in marks) + 1
