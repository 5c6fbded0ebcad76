"""What is wrong with fields, told in our words: dotted paths, messages and codes."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from product_platform.kit.errors import Detail


def to_details(error: ValidationError) -> list[Detail]:
    """Return what is wrong with each field, under its dotted path."""
    return [to_detail(problem, to_path(problem["loc"])) for problem in error.errors(include_url=False)]


def to_detail(problem: Mapping[str, Any], path: str) -> Detail:
    """Return a problem that pydantic has found, as one of the field *path*."""
    cause = problem.get("ctx", {}).get("error")
    message = str(cause) if isinstance(cause, ValueError) else problem["msg"]
    return Detail(path, message, getattr(cause, "code", problem["type"]))


def to_path(steps: Sequence[str | int]) -> str:
    """Return the way to a field as it is written: `items[2].gtin`."""
    path = ""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        elif step != "[key]":  # says that the key itself is wrong; its name comes before
            path += f".{step}" if path else step
    return path
