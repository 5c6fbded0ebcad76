"""North American coupon codes, the values of 8110 and 8112: fields behind their own lengths."""

import re

from rules_compiler.gs1.dates import find_date_fault


def _counted(first: int, last: int, *, extra: int = 0) -> str:
    """Return a pattern for one digit that counts the digits after it, less *extra*."""
    return "(?:" + "|".join(f"{count}[0-9]{{{count + extra}}}" for count in range(first, last + 1)) + ")"


_PREFIX = _counted(0, 6, extra=6)
_OFFER = "[0-9]{6}"
_AMOUNT = _counted(1, 5)
_PURCHASE = _AMOUNT + "[0-49][0-9]{3}"
_SERIAL = _counted(0, 9, extra=6)

_COUPON = re.compile(
    f"{_PREFIX}{_OFFER}{_AMOUNT}{_PURCHASE}"
    f"(?:1[0-3]{_PURCHASE}(?:{_PREFIX}|9))?"
    f"(?:2{_PURCHASE}(?:{_PREFIX}|9))?"
    "(?:3(?P<expiry>[0-9]{6}))?"
    "(?:4(?P<start>[0-9]{6}))?"
    f"(?:5{_SERIAL})?"
    f"(?:6{_counted(1, 7, extra=6)})?"
    "(?:9[01256][0-2][0-9][01])?"
)
_POSITIVE_OFFER = re.compile(f"[01]{_PREFIX}{_OFFER}{_SERIAL}")


def find_coupon_fault(text: str) -> str | None:
    """Tell what is wrong with a coupon code of 8110, or None."""
    match = _COUPON.fullmatch(text)
    if match is None:
        return "is no coupon code: a field is missing, too short or out of range"
    expiry, start = match["expiry"], match["start"]
    if expiry and start and start > expiry:
        return f"is a coupon that starts ({start}) after it expires ({expiry})"
    return (expiry and find_date_fault(expiry)) or (start and find_date_fault(start)) or None


def find_offer_fault(text: str) -> str | None:
    """Tell what is wrong with a positive-offer coupon code of 8112, or None."""
    if _POSITIVE_OFFER.fullmatch(text):
        return None
    return "is no coupon code: expected format, funder, offer and serial, each of the length it announces"
