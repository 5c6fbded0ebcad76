"""Values of application identifiers as bits, each component by the method that GS1 gives it."""

from collections.abc import Callable
from typing import NamedTuple

from rules_compiler.gs1.epc.bits import BitReader, BitWriter, refuse_epc
from rules_compiler.gs1.epc.tables import FORMATS
from rules_compiler.gs1.epc.texts import BASE64, read_text, width_of_digits, write_text

_DATE = (7, 4, 5)
_DATE_TIME = (*_DATE, 5, 6)
_PRECISIONS = ((*_DATE, 5), _DATE_TIME, (*_DATE_TIME, 6), _DATE)
_DIGIT_WIDTH = 4
_DELIMITER, _TERMINATOR = 0b1110, 0b1111


class Component(NamedTuple):
    """One piece of a value: its method, characters (at most), and bits of the value or of its length."""

    method: str
    characters: int
    width: int


class Method(NamedTuple):
    """How a component is read from bits and written to them."""

    read: Callable[[BitReader, Component], str]
    write: Callable[[BitWriter, str, Component], None]


def _parse_component(text: str) -> Component:
    method, characters, width = text.split("/")
    return Component(method, int(characters), int(width))


def _index_formats() -> dict[str, tuple[Component, ...]]:
    formats = {}
    for span, components in FORMATS:
        first, _, last = span.partition("-")
        for number in range(int(first), int(last or first) + 1):
            formats[f"{number:0{len(first)}}"] = tuple(map(_parse_component, components.split()))
    return formats


_FORMATS = _index_formats()
_LENGTHS = {ai[:2]: len(ai) for ai in _FORMATS}


def read_identifier(reader: BitReader) -> str:
    """Return the application identifier that comes next, one of those that an EPC can carry."""
    ai = _read_digits(reader, Component("digits", 2, 0))
    ai += _read_digits(reader, Component("digits", _LENGTHS.get(ai, 2) - 2, 0))
    _get_components(ai)
    return ai


def write_identifier(writer: BitWriter, ai: str) -> None:
    """Append *ai* as `read_identifier` reads it."""
    _write_digits(writer, ai, Component("digits", len(ai), 0))


def read_value(reader: BitReader, ai: str) -> str:
    """Return the value of *ai* that comes next, its format not yet checked."""
    return "".join([_METHODS[part.method].read(reader, part) for part in _get_components(ai)])


def write_value(writer: BitWriter, ai: str, value: str) -> None:
    """Append *value*, a valid one of *ai*."""
    *heads, tail = _get_components(ai)
    for part in heads:
        _METHODS[part.method].write(writer, value[: part.characters], part)
        value = value[part.characters :]
    _METHODS[tail.method].write(writer, value, tail)


def read_date(reader: BitReader) -> str:
    """Return the date of six digits that comes next."""
    return _read_pairs(reader, _DATE)


def write_date(writer: BitWriter, value: str) -> None:
    """Append *value*, a date of six digits."""
    _write_pairs(writer, value, _DATE)


def _get_components(ai: str) -> tuple[Component, ...]:
    if ai not in _FORMATS:
        raise refuse_epc(f"An EPC cannot carry the identifier {ai}: leave it out.")
    return _FORMATS[ai]


def _read_digits(reader: BitReader, part: Component) -> str:
    return "".join([reader.read_digits(_DIGIT_WIDTH, 1) for _ in range(part.characters)])


def _write_digits(writer: BitWriter, value: str, _: Component) -> None:
    for digit in value:
        writer.write(int(digit), _DIGIT_WIDTH)


def _read_integer(reader: BitReader, part: Component) -> str:
    return reader.read_digits(part.width, part.characters)


def _write_integer(writer: BitWriter, value: str, part: Component) -> None:
    writer.write(int(value), part.width)


def _read_number(reader: BitReader, part: Component) -> str:
    length = reader.read(part.width)
    return reader.read_digits(width_of_digits(length), length)


def _write_number(writer: BitWriter, value: str, part: Component) -> None:
    writer.write(len(value), part.width)
    writer.write(int(value or 0), width_of_digits(len(value)))


def _read_text(reader: BitReader, part: Component) -> str:
    return read_text(reader, part.width, part.characters)


def _write_text(writer: BitWriter, value: str, part: Component) -> None:
    if len(value) > part.characters:
        raise refuse_epc(f"{value!r} has {len(value)} characters, but an EPC takes {part.characters} there.")
    write_text(writer, value, part.width)


def _read_delimited(reader: BitReader, part: Component) -> str:
    digits = ""
    while (nibble := reader.read(_DIGIT_WIDTH)) < _DELIMITER:
        if nibble > 9:  # noqa: PLR2004 - the last digit
            raise refuse_epc(f"The EPC holds {nibble} in place of a digit: it was not written so.")
        digits += str(nibble)
    return digits if nibble == _TERMINATOR else digits + _read_text(reader, part)


def _write_delimited(writer: BitWriter, value: str, part: Component) -> None:
    text = value.lstrip("0123456789")
    _write_digits(writer, value.removesuffix(text), part)
    writer.write(_DELIMITER if text else _TERMINATOR, _DIGIT_WIDTH)
    if text:
        _write_text(writer, text, part)


def _read_pairs(reader: BitReader, widths: tuple[int, ...]) -> str:
    return "".join([reader.read_digits(width, 2) for width in widths])


def _write_pairs(writer: BitWriter, value: str, widths: tuple[int, ...]) -> None:
    for index, width in enumerate(widths):
        writer.write(int(value[2 * index : 2 * index + 2]), width)


def _read_date_range(reader: BitReader, _: Component) -> str:
    return _read_pairs(reader, _DATE * (1 + reader.read(1)))


def _write_date_range(writer: BitWriter, value: str, _: Component) -> None:
    dates = len(value) // 6
    writer.write(dates - 1, 1)
    _write_pairs(writer, value, _DATE * dates)


def _read_precise_time(reader: BitReader, _: Component) -> str:
    return _read_pairs(reader, _PRECISIONS[reader.read(2)])


def _write_precise_time(writer: BitWriter, value: str, _: Component) -> None:
    number, widths = next(found for found in enumerate(_PRECISIONS) if 2 * len(found[1]) == len(value))
    writer.write(number, 2)
    _write_pairs(writer, value, widths)


def _write_country(writer: BitWriter, value: str, _: Component) -> None:
    for letter in value:
        writer.write(BASE64.index(letter), 6)


def _write_sequence(writer: BitWriter, value: str, part: Component) -> None:
    _write_digits(writer, value.replace("/", ""), part)


_METHODS = {
    "digits": Method(_read_digits, _write_digits),
    "integer": Method(_read_integer, _write_integer),
    "number": Method(_read_number, _write_number),
    "text": Method(_read_text, _write_text),
    "delimited": Method(_read_delimited, _write_delimited),
    "bit": Method(_read_integer, _write_integer),
    "date": Method(lambda reader, _: read_date(reader), lambda writer, value, _: write_date(writer, value)),
    "date_time": Method(
        lambda reader, _: _read_pairs(reader, _DATE_TIME),
        lambda writer, value, _: _write_pairs(writer, value, _DATE_TIME),
    ),
    "date_range": Method(_read_date_range, _write_date_range),
    "precise_time": Method(_read_precise_time, _write_precise_time),
    "country": Method(lambda reader, _: BASE64[reader.read(6)] + BASE64[reader.read(6)], _write_country),
    "minus": Method(
        lambda reader, _: "-" * reader.read(1), lambda writer, value, _: writer.write(len(value), 1)
    ),
    "sequence": Method(
        lambda reader, _: f"{reader.read_digits(4, 1)}/{reader.read_digits(4, 1)}", _write_sequence
    ),
}
