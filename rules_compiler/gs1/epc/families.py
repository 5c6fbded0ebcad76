"""From the parts of an EPC to the identifiers of a link, and back."""

from collections.abc import Mapping

from rules_compiler.gs1.assembly import assemble
from rules_compiler.gs1.epc.bits import refuse_epc
from rules_compiler.gs1.epc.schemes import FAMILIES, LONGEST_PREFIX, SHORTEST_PREFIX, Family
from rules_compiler.gs1.gtin import check_digit
from rules_compiler.gs1.levels import Elements
from rules_compiler.gs1.link import DigitalLink
from rules_compiler.gs1.order import Pair

# An SGLN with this extension is the location itself, which has none.
NO_EXTENSION = {"254": "0"}

_LENGTHS = {"0": 1, "i": 1, "k": 1, "p": 2, "t": 2}
_FAMILY_OF = {family.key_ai: family for family in FAMILIES.values()}


def find_family(link: DigitalLink) -> Family | None:
    """Return the EPC name that *link* has by its primary key, or None."""
    return _FAMILY_OF.get(link.key_ai)


def to_link(elements: Elements) -> DigitalLink:
    """Return the checked link of what an EPC says; raises DigitalLinkError."""
    return assemble([Pair(ai, value, 0) for ai, value in elements if value != NO_EXTENSION.get(ai)])


def join_parts(family: Family, parts: Mapping[str, str]) -> Elements:
    """Return the identifiers that *parts* (`c` company prefix, `r` whole reference, others) make."""
    return tuple((ai, _join_value(template, parts)) for ai, template in family.values)


def split_link(family: Family, link: DigitalLink, company_prefix_length: int) -> dict[str, str]:
    """Return the parts of *link*, of which the company prefix has *company_prefix_length* digits.

    Raises DigitalLinkError when *link* lacks a part, such as the serial.
    """
    if not SHORTEST_PREFIX <= company_prefix_length <= LONGEST_PREFIX:
        raise refuse_epc(
            f"A company prefix of {company_prefix_length} digits does not exist: it has 6 to 12."
        )
    values = NO_EXTENSION | dict(link.elements)
    parts: dict[str, str] = {}
    for ai, template in family.values:
        parts |= _split_value(family, template, values.get(ai, ""), company_prefix_length)
    missing = [part for part, text in parts.items() if part in "cs" and not text]
    if missing or len(parts["c"]) < company_prefix_length or not parts["c"].isdecimal():
        raise refuse_epc(f"{link.slice_key} is too short for an EPC: it needs a company prefix and a serial.")
    parts["r"] = parts.pop("i", "") + parts["r"]
    if not parts["r"] and family.digits is None:
        raise refuse_epc(f"{link.slice_key} holds nothing but a company prefix: an EPC needs a reference.")
    return parts


def _join_value(template: str, parts: Mapping[str, str]) -> str:
    value = ""
    for part in template:
        if part == "0":
            value += part
        elif part == "i":
            value += parts["r"][:1]
        elif part == "r":
            value += parts["r"]["i" in template :]
        elif part == "k":
            value += check_digit(value)
        else:
            value += parts[part]
    return value


def _split_value(family: Family, template: str, value: str, prefix_length: int) -> dict[str, str]:
    lengths = _LENGTHS | {"c": prefix_length}
    if family.digits is not None:
        lengths["r"] = family.digits - prefix_length - ("i" in template)
    parts = {}
    for part in template:
        length = lengths.get(part, len(value))
        parts[part], value = value[:length], value[length:]
    return {part: text for part, text in parts.items() if part not in "0k"}
