"""Metadata: a flat map of texts that customers keep on their objects, and we never read."""

import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request
from pydantic import AfterValidator, StringConstraints

from product_platform.kit.errors import Detail, InvalidError

MAX_KEYS = 50
MAX_KEY_LENGTH = 40
MAX_VALUE_LENGTH = 500

_PAIR = re.compile(r"metadata\[([^\[\]]+)\]")


def _check_key(key: str) -> str:
    if not key or "[" in key or "]" in key:
        raise ValueError("A key is not empty and has no brackets.")
    return key


Metadata = dict[
    Annotated[str, StringConstraints(max_length=MAX_KEY_LENGTH), AfterValidator(_check_key)],
    Annotated[str, StringConstraints(max_length=MAX_VALUE_LENGTH)],
]
"""What a body may send as `metadata`. Merge it with `merge_metadata`, which counts the keys."""


def merge_metadata(old: Mapping[str, str], sent: Mapping[str, str] | None) -> dict[str, str]:
    """Return *old* with *sent* merged in: an empty value deletes its key, an empty map all keys.

    To be called only when the field was sent. Raises InvalidError when too many keys result.
    """
    if not sent:
        return {}
    merged = {key: value for key, value in {**old, **sent}.items() if value}
    if len(merged) > MAX_KEYS:
        message = f"{len(merged)} keys result, of which {MAX_KEYS} are allowed."
        raise InvalidError([Detail("metadata", message, "too_many_keys")])
    return merged


def read_metadata_filter(request: Request) -> dict[str, str]:
    """Return the pairs of `?metadata[key]=value`, to be compared with `metadata @> $n`.

    A pair with an empty value matches nothing, because no such value is ever stored.
    """
    pairs = ((read_pair(name), value) for name, value in request.query_params.multi_items())
    return {key: value for key, value in pairs if key}


def read_pair(name: str) -> str | None:
    """Return the key of `metadata[key]`, None when *name* is something else."""
    match = _PAIR.fullmatch(name)
    return match and match[1]


MetadataFilterDep = Annotated[dict[str, str], Depends(read_metadata_filter)]
