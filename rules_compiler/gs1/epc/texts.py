"""Text of open length: each value in the densest of six encodings that holds its characters."""

from collections.abc import Callable
from typing import NamedTuple

from rules_compiler.gs1.epc.bits import BitReader, BitWriter, refuse_epc

BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""The alphabet of 6-bit characters in order of their values, that of base64url."""

_DIGITS = "0123456789"
_CODE40 = "\0ABCDEFGHIJKLMNOPQRSTUVWXYZ-.:0123456789"
_ASCII = "".join(map(chr, range(128)))
_ENCODING_WIDTH = 3


def width_of_digits(length: int) -> int:
    """Return how many bits hold every decimal of *length* digits."""
    greatest: int = 10**length - 1
    return greatest.bit_length()


def _read_number(reader: BitReader, length: int) -> str:
    return reader.read_digits(width_of_digits(length), length)


def _write_number(writer: BitWriter, text: str) -> None:
    writer.write(int(text or 0), width_of_digits(len(text)))


def read_code40(reader: BitReader, length: int) -> str:
    """Return *length* characters that stand three to 16 bits."""
    text = ""
    for _ in range(-(-length // 3)):
        number = reader.read(16) - 1
        if not 0 <= number < len(_CODE40) ** 3:
            raise refuse_epc("A group of three characters in the EPC is out of range: it was not written so.")
        text += "".join(_CODE40[number // place % len(_CODE40)] for place in (1600, 40, 1))
    if text[length:].strip("\0") or "\0" in text[:length]:
        raise refuse_epc(f"The EPC announces {length} characters and holds others: it was not written so.")
    return text[:length]


def _write_code40(writer: BitWriter, text: str) -> None:
    for start in range(0, len(text), 3):
        first, second, third = (
            _CODE40.index(character) for character in text[start : start + 3].ljust(3, "\0")
        )
        writer.write(1600 * first + 40 * second + third + 1, 16)


class Encoding(NamedTuple):
    """One way to write characters as bits."""

    alphabet: str
    measure: Callable[[int], int]
    read: Callable[[BitReader, int], str]
    write: Callable[[BitWriter, str], None]


def _fixed_width(alphabet: str) -> Encoding:
    width = (len(alphabet) - 1).bit_length()

    def read(reader: BitReader, length: int) -> str:
        return "".join([alphabet[reader.read(width)] for _ in range(length)])

    def write(writer: BitWriter, text: str) -> None:
        for character in text:
            writer.write(alphabet.index(character), width)

    return Encoding(alphabet, lambda length: length * width, read, write)


_ENCODINGS = (
    Encoding(_DIGITS, width_of_digits, _read_number, _write_number),
    _fixed_width(f"{_DIGITS}ABCDEF"),
    _fixed_width(f"{_DIGITS}abcdef"),
    _fixed_width(BASE64),
    _fixed_width(_ASCII),
    Encoding(_CODE40[1:], lambda length: -(-length // 3) * 16, read_code40, _write_code40),
)


def read_text(reader: BitReader, length_width: int, longest: int) -> str:
    """Return a text whose length stands in *length_width* bits, behind the number of its encoding."""
    number = reader.read(_ENCODING_WIDTH)
    length = reader.read(length_width)
    if number >= len(_ENCODINGS) or length > longest:
        raise refuse_epc(
            f"The EPC announces {length} characters in encoding {number}: neither may be so great."
        )
    return _ENCODINGS[number].read(reader, length)


def write_text(writer: BitWriter, text: str, length_width: int) -> None:
    """Append *text* as `read_text` reads it."""
    fitting = [number for number, encoding in enumerate(_ENCODINGS) if set(text) <= set(encoding.alphabet)]
    number = min(fitting, key=lambda number: _ENCODINGS[number].measure(len(text)))
    writer.write(number, _ENCODING_WIDTH)
    writer.write(len(text), length_width)
    _ENCODINGS[number].write(writer, text)
