"""Read fields that a caller wrote: what they say, and everything that is wrong with them."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from product_platform.kit.details import to_details
from product_platform.kit.errors import Detail, InvalidError

T = TypeVar("T")

REF_MISSING = Detail("ref", "Give the rule a ref, a name of its own in this file, or its id.", "ref_missing")


def read_fields(
    model: type[BaseModel], partial: type[BaseModel], written: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Detail]]:
    """Return the values of *written* that are well-formed as *model*, and why the others are not.

    *partial* is *model* with every field optional: it reads what is left beside the others.
    """
    try:
        return model.model_validate(written).model_dump(exclude_unset=True), []
    except ValidationError as error:
        wrong = {problem["loc"][0] for problem in error.errors()}
        rest = {name: value for name, value in written.items() if name not in wrong}
        return partial.model_validate(rest).model_dump(exclude_unset=True), to_details(error)


def read_one_or_many(one: type[T], many: Any, written: Any) -> list[T]:
    """Return what *written* says: a list of them as *many* says, or *one*; raises InvalidError.

    A union of both would name its members in the path of each field.
    """
    try:
        if isinstance(written, list):
            values: list[T] = TypeAdapter(many).validate_python(written)
            return values
        return [TypeAdapter(one).validate_python(written)]
    except ValidationError as error:
        raise InvalidError(to_details(error)) from error


def field_root(detail: Detail) -> str:
    """Return the name of the field that a detail is about, without indexes and keys below it."""
    return detail.field.partition("[")[0].partition(".")[0]
