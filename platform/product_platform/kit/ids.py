"""Public identifiers: a UUID written in 22 characters without look-alikes."""

import re
from typing import Annotated
from uuid import UUID

import shortuuid
from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_SHORT = re.compile(f"[{_ALPHABET}]{{22}}")
_CANONICAL = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CODEC = shortuuid.ShortUUID(_ALPHABET)
# Every publication writes millions of identifiers: two characters at a time, in half the time of the codec.
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_PAIR = len(_PAIRS)
_FOURS = 5


class MalformedIdError(ValueError):
    """A text is neither a short identifier nor a canonical UUID."""

    code = "malformed_id"

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is not an identifier: give its 22 characters, or a canonical UUID.")


def to_short(value: UUID) -> str:
    """Return the 22-character form of *value*."""
    number = value.int
    encoded = ""
    for _ in range(_FOURS):
        number, four = divmod(number, _PAIR * _PAIR)
        encoded = _PAIRS[four // _PAIR] + _PAIRS[four % _PAIR] + encoded
    return _PAIRS[number] + encoded


def from_short(text: str) -> UUID:
    """Read a 22-character identifier or a canonical UUID; raises MalformedIdError."""
    if _CANONICAL.fullmatch(text):
        return UUID(text)
    if not _SHORT.fullmatch(text):
        raise MalformedIdError(text)
    try:
        decoded: UUID = _CODEC.decode(text)
    except ValueError as error:  # above 2**128 - 1
        raise MalformedIdError(text) from error
    return decoded


def _read(value: object) -> object:
    return from_short(value) if isinstance(value, str) else value


ShortId = Annotated[
    UUID,
    BeforeValidator(_read),
    PlainSerializer(to_short, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": f"^[{_ALPHABET}]{{22}}$"}),
]
"""A UUID whose public form is short. A parameter accepts both forms; an answer has the short one."""
