"""Read one line of a file of rules and products, before anybody knows whether it fits the catalogue."""

from typing import Any, NoReturn, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from product_platform.digital_link.service.fields import to_details
from product_platform.kit.errors import Detail, InvalidError

Line = dict[str, Any]
Record = TypeVar("Record", bound=BaseModel)

REF_MISSING = Detail("ref", "Give the rule a ref, a name of its own in this file, or its id.", "ref_missing")


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


def refuse(field: str, message: str, code: str) -> NoReturn:
    """Raise InvalidError with one reason."""
    raise InvalidError([Detail(field, message, code)])
