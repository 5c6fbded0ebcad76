"""EPC binary, as RFID tags hold it and the last segment of a path may carry it: `eh…` and `ex…`."""

import re

from rules_compiler.gs1.epc.bits import BitReader, refuse_epc
from rules_compiler.gs1.epc.partitioned import read_partitioned, write_partitioned
from rules_compiler.gs1.epc.plus import read_plus, write_plus
from rules_compiler.gs1.epc.schemes import FOREIGN, HEADERS, HOSTED, SCHEMES, PartitionedScheme, PlusScheme
from rules_compiler.gs1.epc.texts import BASE64
from rules_compiler.gs1.formats import shown
from rules_compiler.gs1.link import DigitalLink

_SEGMENT = re.compile(r"(eh)([0-9a-f]+)|(ex)([A-Za-z0-9_-]+)")
_BITS = {
    "eh": {character: f"{value:04b}" for value, character in enumerate("0123456789abcdef")},
    "ex": {character: f"{value:06b}" for value, character in enumerate(BASE64)},
}
_HEADER_WIDTH = 8


def from_epc_segment(segment: str) -> DigitalLink:
    """Return the link that `eh` with hexadecimal or `ex` with base64url says; raises DigitalLinkError.

    The filter is dropped, check digits are computed, and bits behind the EPC must be zeros.
    """
    match = _SEGMENT.fullmatch(segment)
    if match is None:
        raise refuse_epc(
            f"{shown(segment)} is no EPC: write eh and lower-case hexadecimal, or ex and base64url."
        )
    form, text = filter(None, match.groups())
    reader = BitReader("".join(map(_BITS[form].__getitem__, text)))
    header = reader.read(_HEADER_WIDTH)
    if header in FOREIGN:
        raise refuse_epc(f"{FOREIGN[header]} has no Digital Link.")
    scheme = HEADERS.get(header) or HOSTED.get(header)
    if scheme is None:
        raise refuse_epc(f"The header {header:02x} names no EPC scheme: check that the EPC is whole.")
    if isinstance(scheme, PartitionedScheme):
        return read_partitioned(reader, scheme)
    return read_plus(reader, scheme, has_host=header in HOSTED)


def to_epc_binary(
    link: DigitalLink, *, scheme: str, company_prefix_length: int | None = None, filter_value: int = 0
) -> str:
    """Return *link* as the EPC of a tag, in lower-case hexadecimal; raises DigitalLinkError.

    *scheme* is one of `EPC_SCHEMES`. Those without a plus need the length of the company prefix and
    carry nothing but the EPC; those with one carry all identifiers of *link*.
    """
    chosen = SCHEMES.get(scheme)
    if chosen is None or chosen.key_ai != link.key_ai:
        fitting = ", ".join(name for name, other in SCHEMES.items() if other.key_ai == link.key_ai)
        raise refuse_epc(f"{shown(scheme)} is no scheme for {link.slice_key}: take {fitting or 'no EPC'}.")
    if isinstance(chosen, PlusScheme):
        return write_plus(link, chosen, filter_value=filter_value).to_hex()
    if company_prefix_length is None:
        raise refuse_epc(
            f"{scheme} needs the company prefix length: look it up, or take a scheme with a plus."
        )
    writer = write_partitioned(
        link, chosen, company_prefix_length=company_prefix_length, filter_value=filter_value
    )
    return writer.to_hex()
