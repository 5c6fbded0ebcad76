"""Which barcode carries which number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from product_platform.kit.errors import Detail, InvalidError
from product_platform.products.schemas.codes import BarcodeType
from rules_compiler.gs1 import IDENTIFIERS, DigitalLinkError, check_value, normalize_gtin

_SEPARATORS = re.compile(r"[\s-]")
_ELEMENT = re.compile(r"\((\d{2,4})\)([^()]+)")
# The prefixes of GS1 Japan.
_JAN_PREFIXES = ("45", "49")
_UPC_E_SYSTEMS = ("0", "1")
_GS1_128_LENGTH = 48


class Symbology(Enum):
    """One way to write characters as bars."""

    EAN_13 = auto()
    EAN_8 = auto()
    UPC_A = auto()
    UPC_E = auto()
    ITF_14 = auto()
    CODE_128 = auto()
    GS1_128 = auto()
    CODE_39 = auto()


@dataclass(frozen=True, slots=True)
class Carrier:
    """What is written as bars, and the text below them; of GS1-128 the elements are what is written."""

    symbology: Symbology
    content: str
    text: str
    elements: tuple[tuple[str, str], ...] = ()


def choose_carrier(number: str, barcode_type: BarcodeType) -> Carrier:
    """Return how *number*, a GTIN or an element string with its identifiers in brackets, is written.

    Raises InvalidError when it is neither, or not one that the type can carry.
    """
    if number.lstrip().startswith("("):
        return _carry_elements(number.strip(), barcode_type)
    digits = _SEPARATORS.sub("", number)
    try:
        gtin = normalize_gtin(digits)
    except DigitalLinkError as error:
        raise InvalidError([Detail("gtin", str(error), error.code)]) from None
    if barcode_type is BarcodeType.AUTO:
        barcode_type = _BY_LENGTH[len(digits)]
    if barcode_type in {BarcodeType.EAN14, BarcodeType.GS1_128}:
        return carry_elements([("01", gtin)])
    if barcode_type is BarcodeType.CODE128:
        return Carrier(Symbology.CODE_128, digits, digits)
    if barcode_type is BarcodeType.CODE39:
        return Carrier(Symbology.CODE_39, digits, digits)
    if barcode_type is BarcodeType.ITF14:
        return Carrier(Symbology.ITF_14, gtin, gtin)
    return _carry_retail(gtin, barcode_type)


_BY_LENGTH = {8: BarcodeType.EAN8, 12: BarcodeType.UPCA, 13: BarcodeType.EAN13, 14: BarcodeType.ITF14}
_RETAIL = {
    BarcodeType.EAN13: (Symbology.EAN_13, 13),
    BarcodeType.JAN: (Symbology.EAN_13, 13),
    BarcodeType.EAN8: (Symbology.EAN_8, 8),
    BarcodeType.UPCA: (Symbology.UPC_A, 12),
}


def _carry_retail(gtin: str, barcode_type: BarcodeType) -> Carrier:
    if barcode_type is BarcodeType.UPCE:
        short = to_upc_e(gtin)
        if short is None:
            raise _refuse(barcode_type, "a GTIN of 12 digits with the zeros that UPC-E leaves out")
        return Carrier(Symbology.UPC_E, short, short)
    symbology, length = _RETAIL[barcode_type]
    shown = gtin[-length:]
    if gtin != shown.rjust(len(gtin), "0"):
        raise _refuse(barcode_type, f"a GTIN of {length} digits")
    if barcode_type is BarcodeType.JAN and not shown.startswith(_JAN_PREFIXES):
        raise _refuse(barcode_type, "a GTIN that begins with 45 or 49")
    return Carrier(symbology, shown, shown)


def to_upc_e(gtin: str) -> str | None:
    """Return the eight digits by which UPC-E writes a GTIN-14, None when it cannot."""
    if not gtin.startswith("00") or gtin[2] not in _UPC_E_SYSTEMS:
        return None
    system, maker, item, check = gtin[2], gtin[3:8], gtin[8:13], gtin[13]
    if maker[2:] in {"000", "100", "200"} and item.startswith("00"):
        six = maker[:2] + item[2:] + maker[2]
    elif maker.endswith("00") and item.startswith("000"):
        six = maker[:3] + item[3:] + "3"
    elif maker.endswith("0") and item.startswith("0000"):
        six = maker[:4] + item[4] + "4"
    elif item.startswith("0000") and item[4] >= "5":
        six = maker + item[4]
    else:
        return None
    return system + six + check


def _carry_elements(text: str, barcode_type: BarcodeType) -> Carrier:
    elements = _ELEMENT.findall(text)
    if "".join(f"({ai}){value}" for ai, value in elements) != text:
        message = f"{text!r} is no element string: write (01) and 14 digits, then (10) and a lot."
        raise InvalidError([Detail("gtin", message, "not_an_element_string")])
    if barcode_type not in {BarcodeType.AUTO, BarcodeType.GS1_128}:
        raise _refuse(barcode_type, "a GTIN alone; gs1_128 carries more")
    for ai, value in elements:
        if ai not in IDENTIFIERS:
            message = f"{ai} is no application identifier of GS1."
            raise InvalidError([Detail("gtin", message, "unknown_ai")])
        try:
            check_value(ai, value)
        except DigitalLinkError as error:
            raise InvalidError([Detail("gtin", str(error), error.code)]) from None
    return carry_elements(elements)


def carry_elements(elements: Sequence[tuple[str, str]]) -> Carrier:
    """Return how application identifiers and their checked values are written as GS1-128.

    Raises InvalidError when they are too many.
    """
    text = "".join(f"({ai}){value}" for ai, value in elements)
    length = sum(len(ai) + len(value) for ai, value in elements)
    if length > _GS1_128_LENGTH:
        message = f"{length} characters are too many: GS1-128 carries {_GS1_128_LENGTH}."
        raise InvalidError([Detail("gtin", message, "too_long")])
    if len({ai for ai, _ in elements}) < len(elements):
        raise InvalidError([Detail("gtin", f"{text} has an identifier twice.", "ai_repeated")])
    return Carrier(Symbology.GS1_128, "", text, tuple(elements))


def _refuse(barcode_type: BarcodeType, what: str) -> InvalidError:
    message = f"{barcode_type.value} carries {what}."
    return InvalidError([Detail("barcode_type", message, "symbology_does_not_fit")])
