"""The list of ingredients as printed on a label, read one by one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from product_platform.products.service.allergens import is_major_allergen

_HEADING = re.compile(r"\s*ingredients\s*:", re.IGNORECASE)
_TRACES = re.compile(r"\b(?:may\s+contain|contains?\s+traces\s+of)\b\s*:?\s*", re.IGNORECASE)
_PERCENTAGE = re.compile(r"(?P<number>\d{1,9}(?:[.,]\d{1,9})?)\s{0,3}%")
_OPENING, _CLOSING = "([{", ")]}"
# Brackets in brackets in brackets: what is deeper is text.
_MAX_DEPTH = 8
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
    heading = _HEADING.match(text)
    label, *traces = _TRACES.split(text[heading.end() :] if heading else text)
    found = list(_read(label, may_contain=False))
    for part in traces:
        found += _read(part, may_contain=True)
    return found


def _read(text: str, *, may_contain: bool, depth: int = 0) -> Iterator[Ingredient]:
    for span in _split(text):
        words, groups = _take_brackets(span) if depth < _MAX_DEPTH else (span, [])
        percentage = None
        if match := _PERCENTAGE.search(words):
            percentage = _to_percentage(match["number"])
            words = words.replace(match[0], " ", 1)
        parts = []
        for group in groups:
            if percentage is None and (match := _PERCENTAGE.fullmatch(group.strip())):
                percentage = _to_percentage(match["number"])
            else:
                parts.append(group)
        if name := _clean(words):
            yield Ingredient(name, may_contain, percentage)
        for part in parts:
            yield from _read(part, may_contain=may_contain, depth=depth + 1)


def _take_brackets(span: str) -> tuple[str, list[str]]:
    """Return what stands outside of brackets, and what inside of each pair; one without its pair is text."""
    words, groups, start, depth, opened = "", [], 0, 0, 0
    for place, character in enumerate(span):
        if character in _OPENING:
            opened = place if depth == 0 else opened
            depth += 1
        elif character in _CLOSING and depth > 0:
            depth -= 1
            if depth == 0:
                words += span[start:opened] + " "
                groups.append(span[opened + 1 : place])
                start = place + 1
    return words + span[start:], groups


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


def _to_percentage(text: str) -> Decimal | None:
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return number if number <= _MAX_PERCENTAGE else None


def _clean(text: str) -> str:
    return " ".join(text.split()).strip(" *\u2020.")
