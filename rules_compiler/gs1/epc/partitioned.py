"""EPCs that keep company prefix and reference apart: SGTIN-96 and its like."""

from rules_compiler.gs1.epc.bits import BitReader, BitWriter, refuse_epc
from rules_compiler.gs1.epc.families import join_parts, split_link, to_link
from rules_compiler.gs1.epc.schemes import LONGEST_PREFIX, Form, PartitionedScheme
from rules_compiler.gs1.link import DigitalLink

_HEADER_WIDTH = 8
_FILTER_WIDTH = _PARTITION_WIDTH = 3
_MARK = "1"
_TEXT7_WIDTH, _TEXT6_WIDTH = 7, 6


def read_partitioned(reader: BitReader, scheme: PartitionedScheme) -> DigitalLink:
    """Return the link of an EPC whose header is read; raises DigitalLinkError. The filter is dropped."""
    if reader.length < scheme.length:
        raise refuse_epc(f"{scheme.name} has {scheme.length} bits: check that the EPC is whole.")
    reader.read(_FILTER_WIDTH)
    partition = reader.read(_PARTITION_WIDTH)
    if partition >= len(scheme.partitions):
        raise refuse_epc(f"The partition {partition} does not exist: check that the EPC is whole.")
    forms = (*scheme.partitions[partition], *scheme.others)
    parts = {form.part: _read_part(reader, form) for form in forms}
    if reader.has_data():
        raise refuse_epc(f"Behind the {scheme.name} further bits are set: check that the EPC is whole.")
    return to_link(join_parts(scheme.family, parts))


def write_partitioned(
    link: DigitalLink, scheme: PartitionedScheme, *, company_prefix_length: int, filter_value: int
) -> BitWriter:
    """Return *link* in the bits of *scheme*; raises DigitalLinkError when it does not fit."""
    parts = split_link(scheme.family, link, company_prefix_length)
    carried = {ai for ai, _ in scheme.family.values}
    if left := [ai for ai, _ in link.elements if ai not in carried]:
        raise refuse_epc(f"{scheme.name} cannot carry the identifier {left[0]}: take a scheme with a plus.")
    partition = LONGEST_PREFIX - company_prefix_length
    writer = BitWriter()
    writer.write(scheme.header, _HEADER_WIDTH)
    writer.write(filter_value, _FILTER_WIDTH)
    writer.write(partition, _PARTITION_WIDTH)
    for form in (*scheme.partitions[partition], *scheme.others):
        _write_part(writer, parts[form.part], form)
    writer.pad_to(scheme.length)
    return writer


def _read_part(reader: BitReader, form: Form) -> str:
    if form.kind == "text7":
        return _read_text7(reader, form.width)
    if form.kind == "text6":
        return _read_text6(reader)
    if form.kind == "digits":
        return reader.read_digits(form.width, form.digits)
    digits = str(reader.read(form.width))
    if form.kind == "marked":
        mark, digits = digits[0], digits[1:]
        if mark != _MARK or not digits:
            raise refuse_epc("The serial of the EPC does not start with its mark: it was not written so.")
    if len(digits) > form.digits:
        raise refuse_epc(
            f"The EPC holds {digits} where {form.digits} digits must fit: it was not written so."
        )
    return digits


def _write_part(writer: BitWriter, text: str, form: Form) -> None:
    if form.kind == "text7":
        _write_text7(writer, text, form.width)
    elif form.kind == "text6":
        _write_text6(writer, text)
    elif text.strip("0123456789") or len(text) > form.digits:
        raise refuse_epc(f"{text!r} is no number of up to {form.digits} digits: take a longer scheme.")
    elif form.kind == "integer" and str(int(text)) != text:
        raise refuse_epc(f"{text!r} starts with a zero, which would be lost: take a longer scheme.")
    else:
        writer.write(int(_MARK + text if form.kind == "marked" else text or 0), form.width)


def _read_text7(reader: BitReader, width: int) -> str:
    codes = [reader.read(_TEXT7_WIDTH) for _ in range(width // _TEXT7_WIDTH)]
    text = "".join(map(chr, codes)).rstrip("\0")
    if not text or "\0" in text or reader.read(width % _TEXT7_WIDTH):
        raise refuse_epc("The serial of the EPC is empty, or goes on behind its end: it was not written so.")
    return text


def _write_text7(writer: BitWriter, text: str, width: int) -> None:
    if len(text) * _TEXT7_WIDTH > width:
        raise refuse_epc(f"{text!r} does not fit into {width // _TEXT7_WIDTH} characters.")
    for character in text:
        writer.write(ord(character), _TEXT7_WIDTH)
    writer.write(0, width - len(text) * _TEXT7_WIDTH)


def _read_text6(reader: BitReader) -> str:
    # The codes are the last six bits of ASCII: those below 32 are letters.
    characters = ""
    while code := reader.read(_TEXT6_WIDTH):
        characters += chr(code if code & 0b100000 else code | 0b1000000)
    return characters


def _write_text6(writer: BitWriter, text: str) -> None:
    for character in text:
        writer.write(ord(character) & 0b111111, _TEXT6_WIDTH)
    writer.write(0, _TEXT6_WIDTH)
