"""One scan, as the edge reports it and the platform counts it. It holds no address."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgpack

STREAM = "signpost:scans"
"""The Redis stream; each entry has one field, FIELD, holding a batch made by `pack_scans`."""

FIELD = b"scans"


class Scan(NamedTuple):
    """One resolution of a known item.

    `id` is 16 random bytes and makes counting idempotent; `key` is the canonical path of the
    primary key and its qualifiers without the leading slash; `organization_id` and `brand_id`
    are those that owned the item at that moment.
    """

    id: bytes
    at: float
    key: str
    organization_id: str | None
    brand_id: str | None
    rule_id: str | None
    outcome: str
    country: str | None
    device: str
    is_bot: bool


def pack_scans(scans: Sequence[tuple[Any, ...]]) -> bytes:
    """Return *scans*, or the fields of each, as bytes: for a stream entry or a line of a spool file."""
    packed: bytes = msgpack.packb(scans)
    return packed


def unpack_scans(packed: bytes) -> list[Scan]:
    """Read what `pack_scans` wrote; raises ValueError on anything else."""
    try:
        return [Scan(*row) for row in msgpack.unpackb(packed)]
    except (TypeError, msgpack.UnpackException) as error:
        raise ValueError("not a batch of scans") from error
