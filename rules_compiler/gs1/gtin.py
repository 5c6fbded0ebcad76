"""Check digits, and the GTIN in the one form that is stored and compared: 14 digits."""

from rules_compiler.gs1.errors import DigitalLinkError

GTIN_LENGTH = 14
SHORT_GTIN_LENGTHS = frozenset((8, 12, 13))


def check_sum(digits: bytes) -> int:
    """Return the weighted sum of *digits* modulo 10; it is 0 when the last one checks the rest."""
    ones, threes = digits[::-2], digits[-2::-2]
    # The sums run over ASCII codes, so the code of "0" is taken off once for each unit of weight.
    return (sum(ones) + 3 * sum(threes) - 48 * (len(ones) + 3 * len(threes))) % 10


def check_digit(digits: str) -> str:
    """Return the digit that completes *digits*; `check_digit("0952000010001")` is `"8"`."""
    return str(-check_sum(f"{digits}0".encode()) % 10)


def normalize_gtin(text: str) -> str:
    """Return a GTIN of 8, 12, 13 or 14 digits as 14 digits; raises DigitalLinkError.

    A UPC-E code is not a GTIN-8 and fails on its check digit or is taken for one: expand it first.
    """
    if not text:
        raise DigitalLinkError("empty_value", 0, "The GTIN is empty: give 8, 12, 13 or 14 digits.")
    if not (text.isascii() and text.isdecimal()):
        raise DigitalLinkError("bad_character", 0, f"The GTIN {text!r} may hold digits only.")
    if len(text) != GTIN_LENGTH and len(text) not in SHORT_GTIN_LENGTHS:
        code = "too_short" if len(text) < GTIN_LENGTH else "too_long"
        raise DigitalLinkError(code, 0, f"The GTIN {text!r} has {len(text)} digits: give 8, 12, 13 or 14.")
    if check_sum(text.encode()):
        raise DigitalLinkError(
            "check_digit",
            0,
            f"The GTIN {text!r} ends in {text[-1]}, but its check digit is {check_digit(text[:-1])}: "
            "compare it with the barcode.",
        )
    return text.zfill(GTIN_LENGTH)
