"""The net content as printed on a label, read as an amount and a unit."""

import re
from decimal import Decimal, InvalidOperation

from product_platform.products.schemas.fields import NetContentUnit

_UNITS = {
    "ml": NetContentUnit.MLT,
    "cl": NetContentUnit.CLT,
    "l": NetContentUnit.LTR,
    "g": NetContentUnit.GRM,
    "kg": NetContentUnit.KGM,
    "oz": NetContentUnit.ONZ,
    "lb": NetContentUnit.LBR,
    "pt": NetContentUnit.PTI,
    "qt": NetContentUnit.QTI,
    "gal": NetContentUnit.GLL,
    "ct": NetContentUnit.EA,
    "ea": NetContentUnit.EA,
}
# What follows tells a single amount (`330 ml`) from a multi-pack (`330 ml x 6`).
_LABEL = re.compile(
    rf"\s*(?P<amount>[\d.,]+)\s*(?P<unit>{'|'.join(_UNITS)})\b(?!\s*[x\u00d7*]\s*\d)",
    re.IGNORECASE | re.ASCII,
)
_GROUP_LENGTH = 3


def parse_net_content(text: str) -> tuple[Decimal, NetContentUnit] | None:
    """Return amount and unit of a label such as `1,5 L`; None when it does not name one amount."""
    match = _LABEL.match(text)
    if match is None:
        return None
    try:
        return _parse_amount(match["amount"]), _UNITS[match["unit"].lower()]
    except InvalidOperation:
        return None


def _parse_amount(text: str) -> Decimal:
    """Read a number with the decimal sign of any country; raises InvalidOperation.

    The last sign is the decimal one, except that a comma before exactly three digits groups
    thousands, as in `1,000 ml`.
    """
    last = max(text.rfind("."), text.rfind(","))
    if last < 0 or (text[last] == "," and len(text) - last - 1 == _GROUP_LENGTH):
        return Decimal(re.sub("[.,]", "", text))
    whole, fraction = re.sub("[.,]", "", text[:last]), text[last + 1 :]
    return Decimal(f"{whole}.{fraction}")
