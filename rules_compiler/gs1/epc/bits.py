"""Bits of an EPC, read and written from the left."""

from rules_compiler.gs1.errors import DigitalLinkError

_WORD = 16


def refuse_epc(message: str) -> DigitalLinkError:
    """Return the refusal of an EPC: what is wrong with it, in a sentence."""
    return DigitalLinkError("bad_epc", 0, message)


class BitReader:
    """Reads numbers off the front of *bits*, a text of 0 and 1; raises DigitalLinkError beyond its end."""

    def __init__(self, bits: str) -> None:
        self.length = len(bits)
        self._bits = bits
        self._position = 0
        self._last_set = bits.rfind("1")

    def read(self, width: int) -> int:
        """Return the next *width* bits as a number; none are 0."""
        start, end = self._position, self._position + width
        if end > self.length:
            raise refuse_epc(f"The EPC ends {end - self.length} bits early: check that it is whole.")
        self._position = end
        return int(self._bits[start:end] or "0", 2)

    def read_digits(self, width: int, digits: int) -> str:
        """Return the next *width* bits as a decimal of exactly *digits* digits."""
        number = self.read(width)
        if number >= 10**digits:
            raise refuse_epc(f"The EPC holds {number} where {digits} digits must fit: it was not written so.")
        return str(number).zfill(digits) if digits else ""

    def has_data(self) -> bool:
        """Tell whether any bit that is left is set; padding is not."""
        return self._last_set >= self._position


class BitWriter:
    """Collects numbers as a string of bits."""

    def __init__(self) -> None:
        self._bits = 0
        self._length = 0

    def write(self, number: int, width: int) -> None:
        """Append *number* in *width* bits; raises DigitalLinkError when it does not fit."""
        if not 0 <= number < 1 << width:
            raise refuse_epc(f"{number} does not fit into {width} bits: take a longer scheme.")
        self._bits = self._bits << width | number
        self._length += width

    def pad_to(self, length: int) -> None:
        """Append zeros up to *length* bits."""
        self.write(0, max(0, length - self._length))

    def to_hex(self) -> str:
        """Return the bits in lower-case hexadecimal, padded to whole words of 16 bits as tags hold them."""
        self.pad_to(-(-self._length // _WORD) * _WORD)
        return f"{self._bits:0{self._length // 4}x}"
