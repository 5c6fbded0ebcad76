"""Files of one JSON object a line: read in batches, each line a record or a problem of its own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, NoReturn, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from product_platform.kit.details import to_details
from product_platform.kit.errors import ApiError, Detail, InvalidError

Line = dict[str, Any]
Record = TypeVar("Record", bound=BaseModel)

LINES_AT_ONCE: Final = 500
"""Lines that are kept in one transaction."""


@dataclass(frozen=True, slots=True)
class LineProblem:
    """Why a line was not kept; lines count from 1."""

    line: int
    code: str
    field: str | None
    message: str


def read_batches(lines: Iterable[str | bytes]) -> Iterator[list[tuple[int, str | bytes]]]:
    """Yield the lines with their numbers, as many at once as one transaction keeps."""
    rest = iter(enumerate(lines, start=1))
    while batch := list(islice(rest, LINES_AT_ONCE)):
        yield batch


def read_line(text: str | bytes) -> Line:
    """Return the object that a line is; raises InvalidError."""
    try:
        line = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        refuse("", f"The line is not JSON: {error.msg} at character {error.pos + 1}.", "bad_json")
    if not isinstance(line, dict):
        refuse("", "The line is not a JSON object.", "not_an_object")
    return line


def to_record(model: type[Record], line: Line) -> Record:
    """Return *line* as a record; raises InvalidError with all that is wrong, unknown fields included."""
    unknown = [
        Detail(name, f"A line of this type has no {name!r}.", "unknown_field")
        for name in line
        if name not in model.model_fields
    ]
    try:
        record = model.model_validate(line)
    except ValidationError as error:
        raise InvalidError([*unknown, *to_details(error)]) from error
    if unknown:
        raise InvalidError(unknown)
    return record


def to_problems(number: int, error: ApiError) -> Iterator[LineProblem]:
    """Yield every reason for which a line was refused."""
    for detail in error.details or [Detail("", error.message)]:
        yield LineProblem(number, detail.code or error.code.lower(), detail.field or None, detail.message)


def refuse(field: str, message: str, code: str) -> NoReturn:
    """Raise InvalidError with one reason."""
    raise InvalidError([Detail(field, message, code)])
