"""The list of ingredients as printed on a label, read one by one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from product_platform.products.service.allergens import is_major_allergen

_HEADING = re.compile(r"\s*ingredients\s*:\s*", re.IGNORECASE)
_TRACES = re.compile(r"\b(?:may\s+contain|contains?\s+traces\s+of)\b\s*:?\s*", re.IGNORECASE)
_PERCENTAGE = re.compile(r"\(?\s*(?P<number>\d+(?:[.,]\d+)?)\s*%\s*\)?")
_OPENING, _CLOSING = "([{", ")]}"
_BRACKETED = re.compile(r"[\[({](?P<inside>.*)[\])}]", re.DOTALL)
_MAX_PERCENTAGE = 100


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One ingredient, as the label names it."""

    name: str
    may_contain: bool
    percentage: Decimal | None

    @property
    def is_major_allergen(self) -> bool:
        """Whether the law makes a label point it out."""
        return is_major_allergen(self.name)


def parse_ingredients(text: str) -> list[Ingredient]:
    """Return the ingredients in the order of the label; what is in brackets follows what it is part of."""
    label, *traces = _TRACES.split(_HEADING.sub("", text, count=1))
    found = list(_read(label, may_contain=False))
    for part in traces:
        found += _read(part, may_contain=True)
    return found


def _read(text: str, *, may_contain: bool) -> Iterator[Ingredient]:
    for span in _split(text):
        percentage = None
        if match := _PERCENTAGE.search(_without_brackets(span)) or _PERCENTAGE.fullmatch(span.strip()):
            percentage = _to_percentage(match["number"])
            span = span.replace(match[0], " ", 1)  # noqa: PLW2901
        bracketed = _BRACKETED.search(span)
        inside = bracketed["inside"] if bracketed else ""
        if percentage is None and (match := _PERCENTAGE.fullmatch(inside.strip())):
            percentage, inside = _to_percentage(match["number"]), ""
        name = _clean(span.replace(bracketed[0], " ", 1) if bracketed else span)
        if name:
            yield Ingredient(name, may_contain, percentage)
        yield from _read(inside, may_contain=may_contain)


def _split(text: str) -> Iterator[str]:
    """Yield what stands between commas and semicolons that are outside of brackets and of numbers."""
    depth, start = 0, 0
    for place, character in enumerate(text):
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth = max(0, depth - 1)
        elif character in ",;" and depth == 0 and not _is_decimal(text, place):
            yield text[start:place]
            start = place + 1
    yield text[start:]


def _is_decimal(text: str, place: int) -> bool:
    return text[place - 1 : place].isdigit() and text[place + 1 : place + 2].isdigit()


def _without_brackets(span: str) -> str:
    return _BRACKETED.sub(lambda match: match[0] if "%" in match[0] and "," not in match[0] else " ", span)


def _to_percentage(text: str) -> Decimal | None:
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return number if number <= _MAX_PERCENTAGE else None


def _clean(text: str) -> str:
    return " ".join(text.split()).strip(" *\u2020.")
