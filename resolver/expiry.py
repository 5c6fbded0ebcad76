"""The expiry date of a scanned code (AI 17): `YYMMDD`, with a century to find and a day that may be 00."""

from calendar import monthrange
from datetime import date

_CENTURY = 100
_HALF_CENTURY = 50


def read_expiry(encoded: str, today: date) -> date:
    """Return the day that *encoded*, a checked AI 17, means when read on *today*.

    The year is the one within 49 years before and 50 after today's (GS1 General Specifications,
    7.12); day 00 is the last of its month.
    """
    year, month, day = int(encoded[:2]), int(encoded[2:4]), int(encoded[4:])
    century = today.year - today.year % _CENTURY
    ahead = year - today.year % _CENTURY
    if ahead > _HALF_CENTURY:
        century -= _CENTURY
    elif ahead < 1 - _HALF_CENTURY:
        century += _CENTURY
    return date(century + year, month, day or monthrange(century + year, month)[1])
