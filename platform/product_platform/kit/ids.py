"""Public identifiers: a UUID written in 22 characters without look-alikes, and names of 12 characters."""

import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import shortuuid
from pydantic import BeforeValidator, PlainSerializer, StringConstraints, WithJsonSchema

T = TypeVar("T")

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


_SHORT_PATTERN = f"[{_ALPHABET}]{{22}}"
_CANONICAL_PATTERN = _CANONICAL.pattern
_READ_SCHEMA = WithJsonSchema(
    {
        "type": "string",
        "pattern": f"^({_SHORT_PATTERN}|{_CANONICAL_PATTERN})$",
        "examples": ["MmpnTEBdVLAJ37kqiqxFZU"],
    },
    mode="validation",
)

ShortId = Annotated[
    UUID,
    BeforeValidator(_read),
    PlainSerializer(to_short, return_type=str, when_used="json"),
    _READ_SCHEMA,
    WithJsonSchema(
        {"type": "string", "pattern": f"^{_SHORT_PATTERN}$", "examples": ["MmpnTEBdVLAJ37kqiqxFZU"]},
        mode="serialization",
    ),
]
"""A UUID whose public form is short. A parameter accepts both forms; an answer has the short one."""

CanonicalId = Annotated[
    UUID,
    BeforeValidator(_read),
    _READ_SCHEMA,
    WithJsonSchema(
        {"type": "string", "format": "uuid", "examples": ["6f1c1d3e-8a57-4f0b-9c52-2b7e4d9a1c30"]},
        mode="serialization",
    ),
]
"""A UUID that answers show as it is. A parameter accepts both forms here, too."""

_NANOID_ALPHABET = "aceghjkpqrtwxy346789"
_NANOID_LENGTH = 12
_TRIES = 5

Nanoid = Annotated[str, StringConstraints(pattern=f"^[{_NANOID_ALPHABET}]{{{_NANOID_LENGTH}}}$")]
"""A `short_id`: the name of a row in public URLs, which says nothing of its UUID."""


class NanoidsTakenError(Exception):
    """Several new names in a row were taken, which chance alone does not bring about."""


def make_nanoid() -> str:
    """Return a new name for a column of its own with a unique index, with 51 random bits."""
    return "".join(secrets.choice(_NANOID_ALPHABET) for _ in range(_NANOID_LENGTH))


async def insert_named(insert: Callable[[str], Awaitable[T | None]]) -> T:
    """Return what *insert* makes of a new name, trying another while it returns None: the name is taken.

    Raises NanoidsTakenError when that does not end.
    """
    for _ in range(_TRIES):
        if (inserted := await insert(make_nanoid())) is not None:
            return inserted
    raise NanoidsTakenError
