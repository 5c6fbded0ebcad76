"""EPC names: `urn:epc:id:sgtin:9520000.010001.42`, as EPCIS wrote them before it took Digital Links."""

import re
from urllib.parse import unquote

from rules_compiler.gs1.epc.bits import refuse_epc
from rules_compiler.gs1.epc.families import find_family, join_parts, split_link, to_link
from rules_compiler.gs1.epc.schemes import FAMILIES, LONGEST_PREFIX, SHORTEST_PREFIX, Family
from rules_compiler.gs1.formats import shown
from rules_compiler.gs1.link import DigitalLink

_PREFIX = "urn:epc:id:"
_NAME = re.compile(r"urn:epc:id:([a-z]+):((?:[A-Za-z0-9!'()*+,.:;=_-]|%(?:2[2356Ff]|3[CcEeFf]))+)")
_ESCAPED = re.compile('["#%&/<>?]')


def from_epc_urn(text: str) -> DigitalLink:
    """Return the link of the pure identity *text*; raises DigitalLinkError."""
    match = _NAME.fullmatch(text)
    family = FAMILIES.get(match[1]) if match else None
    if match is None or family is None:
        raise refuse_epc(
            f"{shown(text)} is no EPC name with a Digital Link, such as {_PREFIX}sgtin:9520000.010001.42."
        )
    names = _parts_of(family)
    fields = match[2].split(".", len(names) - 1)
    parts = dict(zip(names, map(unquote, fields), strict=False))
    if len(fields) < len(names) or not all(parts[name] for name in names if name != "r"):
        raise refuse_epc(f"{shown(text)} needs {len(names)} parts behind its scheme, with dots between them.")
    _check_prefix(family, parts["c"], parts["r"])
    return to_link(join_parts(family, parts))


def to_epc_urn(link: DigitalLink, *, company_prefix_length: int) -> str:
    """Return the pure identity of what *link* identifies; raises DigitalLinkError.

    It names the thing alone: a lot beside a serial, and data attributes, have no place in it.
    """
    family = find_family(link)
    if family is None:
        raise refuse_epc(f"{link.slice_key} has no EPC name: none starts from {link.key_ai}.")
    parts = split_link(family, link, company_prefix_length)
    return f"{_PREFIX}{family.name}:" + ".".join(_escape(parts[name]) for name in _parts_of(family))


def _parts_of(family: Family) -> list[str]:
    return [part for part in "crpts" if family.has_part(part)]


def _check_prefix(family: Family, prefix: str, reference: str) -> None:
    if not prefix.isdecimal() or not SHORTEST_PREFIX <= len(prefix) <= LONGEST_PREFIX:
        raise refuse_epc(f"{shown(prefix)} is no company prefix: it has 6 to 12 digits.")
    if family.digits is None:
        if not reference:
            raise refuse_epc(f"The reference behind the company prefix {prefix} is empty.")
    elif len(prefix + reference) != family.digits:
        raise refuse_epc(f"{prefix} and {reference} must have {family.digits} digits together.")


def _escape(text: str) -> str:
    return _ESCAPED.sub(lambda match: f"%{ord(match[0]):02X}", text)
