"""The named checks of the dictionary: each tells what is wrong with a piece of a value, or None."""

import re
from collections.abc import Callable, Collection
from functools import partial

from rules_compiler.gs1.code_lists import (
    COUNTRY_LETTERS,
    COUNTRY_NUMBERS,
    CURRENCIES,
    MEDIA_TYPES,
    PACKAGE_TYPES,
)
from rules_compiler.gs1.coupons import find_coupon_fault, find_offer_fault
from rules_compiler.gs1.dates import find_date_fault, find_number_fault, find_time_fault
from rules_compiler.gs1.gtin import check_digit, check_sum

CSET82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
"""The characters of most values; the place of each is its value in check characters."""

_CSET32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)

Check = Callable[[str], str | None]


def check_characters(text: str) -> str:
    """Return the two check characters that complete *text*: `NL` for `9520000100MODEL1`.

    No value that has check characters is longer than 25 with them.
    """
    weighted = zip(reversed(text), _PRIMES[: len(text)], strict=True)
    total = sum(CSET82.index(character) * prime for character, prime in weighted) % 1021
    return _CSET32[total // 32] + _CSET32[total % 32]


def _find_check_digit_fault(text: str) -> str | None:
    if not check_sum(text.encode()):
        return None
    return f"ends in {text[-1]}, but its check digit is {check_digit(text[:-1])}: compare it with the barcode"


def _find_check_characters_fault(text: str) -> str | None:
    expected = check_characters(text[:-2])
    if text[-2:] == expected:
        return None
    return f"ends in {text[-2:]!r}, but its check characters are {expected!r}: compare it with the source"


def _find_list_fault(text: str, *, codes: Collection[str], what: str) -> str | None:
    return None if text in codes else f"is no {what} that GS1 lists"


def _find_pattern_fault(text: str, *, pattern: re.Pattern[str], rule: str) -> str | None:
    return None if pattern.fullmatch(text) else rule


def _matches(pattern: str, rule: str) -> Check:
    return partial(_find_pattern_fault, pattern=re.compile(pattern), rule=rule)


def _one_of(codes: Collection[str], what: str) -> Check:
    return partial(_find_list_fault, codes=codes, what=what)


def _find_piece_fault(text: str) -> str | None:
    half = len(text) // 2
    piece, total = int(text[:half]), int(text[half:])
    if 0 < piece <= total:
        return None
    return "must be a piece and a total, both from 1, the piece at most the total"


def _find_birth_fault(text: str) -> str | None:
    first, slash, last = text.partition("/")
    ordinals = (first, last)
    if slash and all(o.isdecimal() and o[0] != "0" for o in ordinals) and int(first) <= int(last):
        return None
    return "must be a place and a count, such as 1/2"


def _find_iban_fault(text: str) -> str | None:
    shaped = re.fullmatch(r"[A-Z]{2}[0-9A-Z]{9,32}", text)
    if not shaped or text[:2] not in COUNTRY_LETTERS:
        return "is no IBAN: it starts with the letters of a country and has 11 to 34 capitals and digits"
    digits = "".join(str(int(character, 36)) for character in text[4:] + text[:4])
    return None if int(digits) % 97 == 1 else "is no IBAN: its check digits do not fit"


_PREFIX = "must start with the digits of a GS1 Company Prefix, four at least"

CHECKS: dict[str, tuple[str, Check]] = {
    "csum": ("check_digit", _find_check_digit_fault),
    "csumalpha": ("check_characters", _find_check_characters_fault),
    "gcppos1": ("bad_character", _matches(r"[0-9]{4}.*", _PREFIX)),
    "gcppos2": ("bad_character", _matches(r".[0-9]{4}.*", _PREFIX)),
    "yymmdd": ("bad_date", find_date_fault),
    "yymmd0": ("bad_date", partial(find_date_fault, is_day_optional=True)),
    "yyyymmdd": ("bad_date", find_date_fault),
    "hh": ("bad_date", partial(find_number_fault, last=23, what="hour")),
    "mi": ("bad_date", partial(find_number_fault, last=59, what="minute")),
    "ss": ("bad_date", partial(find_number_fault, last=59, what="second")),
    "hhmi": ("bad_date", find_time_fault),
    "latitude": ("bad_code", partial(find_number_fault, last=1_800_000_000, what="latitude")),
    "longitude": ("bad_code", partial(find_number_fault, last=3_600_000_000, what="longitude")),
    "iso3166": ("bad_code", _one_of(COUNTRY_NUMBERS, "country number")),
    "iso3166999": ("bad_code", _one_of(COUNTRY_NUMBERS | {"999"}, "country number")),
    "iso3166alpha2": ("bad_code", _one_of(COUNTRY_LETTERS, "country code")),
    "iso4217": ("bad_code", _one_of(CURRENCIES, "currency number")),
    "iso5218": ("bad_code", _one_of(("0", "1", "2", "9"), "code of a sex (0, 1, 2, 9)")),
    "mediatype": ("bad_code", _one_of(MEDIA_TYPES, "type of AIDC media")),
    "packagetype": ("bad_code", _one_of(PACKAGE_TYPES, "type of package")),
    "winding": ("bad_code", _one_of(("0", "1", "9"), "winding direction (0, 1, 9)")),
    "yesno": ("bad_code", _one_of(("0", "1"), "answer (0 no, 1 yes)")),
    "importeridx": ("bad_code", _matches(r"[-0-9A-Z_a-z]", "is no importer index")),
    "iban": ("bad_code", _find_iban_fault),
    "pieceoftotal": ("bad_code", _find_piece_fault),
    "posinseqslash": ("bad_code", _find_birth_fault),
    "couponcode": ("bad_code", find_coupon_fault),
    "couponposoffer": ("bad_code", find_offer_fault),
    "nonzero": ("bad_code", _matches(r"0*[1-9][0-9]*", "must not be zero")),
    "zero": ("bad_character", _matches(r"0*", "must be zero")),
    "nozeroprefix": ("bad_character", _matches(r"[1-9][0-9]*", "must not start with a zero")),
    "hasnondigit": ("bad_character", _matches(r".*[^0-9].*", "must hold a character that is no digit")),
    "hyphen": ("bad_character", _matches(r"-*", "must be a hyphen or absent")),
    "pcenc": (
        "bad_escape",
        _matches(r"(?:[^%]|%[0-9A-Fa-f]{2})*", "holds a % without two hex digits after it"),
    ),
    "base64url": ("bad_character", _matches(r"[^=]*|(?=(?:...)+$)[^=]+={1,2}", "ends in misplaced = signs")),
}
"""Each check by its name in the dictionary, with the code of its refusal.

A check takes the piece of a value that it governs, already of the right length and character
set, and returns what is wrong with it, in words that follow the piece, or None.
"""
