"""EPCs that hold whole values, and further identifiers behind them: SGTIN+ and its like."""

from rules_compiler.gs1.epc.bits import BitReader, BitWriter, refuse_epc
from rules_compiler.gs1.epc.families import NO_EXTENSION, to_link
from rules_compiler.gs1.epc.schemes import PlusScheme
from rules_compiler.gs1.epc.texts import read_code40
from rules_compiler.gs1.epc.values import (
    read_date,
    read_identifier,
    read_value,
    write_date,
    write_identifier,
    write_value,
)
from rules_compiler.gs1.link import DigitalLink

_HEADER_WIDTH, _TOGGLE_WIDTH, _FILTER_WIDTH, _DATE_NAME_WIDTH = 8, 1, 3, 4
_DATE_LENGTH = len("YYMMDD")
_HOST_LENGTH_WIDTH = 6
_HOST_CHARACTER_WIDTH = 7


def read_plus(reader: BitReader, scheme: PlusScheme, *, has_host: bool) -> DigitalLink:
    """Return the link of an EPC whose header is read; raises DigitalLinkError.

    The filter is dropped, and so is the name of a host: that of the request counts.
    """
    # The toggle says for readers at a distance whether more follows; the bits themselves say it too.
    reader.read(_TOGGLE_WIDTH + _FILTER_WIDTH)
    dates = [_read_named_date(reader, scheme)] if scheme.dates else []
    elements = [(ai, read_value(reader, ai)) for ai in scheme.identifiers]
    if has_host:
        _skip_host(reader)
    # Zeros could be a pallet whose number is zeros; they are padding.
    while reader.has_data():
        ai = read_identifier(reader)
        dates.append((ai, read_value(reader, ai)))
    return to_link((*elements, *dates))


def write_plus(link: DigitalLink, scheme: PlusScheme, *, filter_value: int) -> BitWriter:
    """Return *link* in the bits of *scheme*, all its identifiers; raises DigitalLinkError."""
    values = NO_EXTENSION | dict(link.elements)
    if missing := [ai for ai in scheme.identifiers if ai not in values]:
        raise refuse_epc(f"{scheme.name} needs the identifier {missing[0]}, which {link.slice_key} lacks.")
    dates = [ai for ai, value in link.attributes if ai in scheme.dates and len(value) == _DATE_LENGTH][:1]
    further = [ai for ai, _ in link.elements if ai not in (*scheme.identifiers, *dates)]
    writer = BitWriter()
    writer.write(scheme.header, _HEADER_WIDTH)
    writer.write(bool(further), _TOGGLE_WIDTH)
    writer.write(filter_value, _FILTER_WIDTH)
    if scheme.dates:
        _write_named_date(writer, scheme, dates, values)
    for ai in scheme.identifiers:
        write_value(writer, ai, values[ai])
    for ai in further:
        write_identifier(writer, ai)
        write_value(writer, ai, values[ai])
    return writer


def _read_named_date(reader: BitReader, scheme: PlusScheme) -> tuple[str, str]:
    name = reader.read(_DATE_NAME_WIDTH)
    if name >= len(scheme.dates):
        raise refuse_epc(f"{scheme.name} knows no date of the kind {name}: it was not written so.")
    return scheme.dates[name], read_date(reader)


def _write_named_date(
    writer: BitWriter, scheme: PlusScheme, dates: list[str], values: dict[str, str]
) -> None:
    if not dates:
        raise refuse_epc(f"{scheme.name} needs a date, one of {', '.join(scheme.dates)}: take SGTIN+.")
    writer.write(scheme.dates.index(dates[0]), _DATE_NAME_WIDTH)
    write_date(writer, values[dates[0]])


def _skip_host(reader: BitReader) -> None:
    is_ascii, length = reader.read(1), reader.read(_HOST_LENGTH_WIDTH)
    if is_ascii:
        reader.read(length * _HOST_CHARACTER_WIDTH)
    else:
        read_code40(reader, length)
