"""The message that tells edges what changed: a change set, or the number of the newest one.

Announcements travel over a bus that may lose them. They are hints; the slices in the database
are the truth, and an edge that sees a gap in the numbers asks for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgpack

from rules_compiler.model import SliceKey

CHANNEL = "signpost:changes"

MAX_CHANGES_BYTES = 256 * 1024
"""Larger change sets are announced by number alone, so that the bus stays a bus."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """The head of the change sets, with what the newest one changed when that is small.

    `slices` maps a key to its new bytes, or to None when the slice is deleted. It is None in a
    heartbeat and for a change set too large to travel. `lineage` tells one history of numbers from another,
    as of a database that was set back; None when that is not known.
    """

    seq: int
    slices: Mapping[SliceKey, bytes | None] | None = None
    lineage: str | None = None

    def is_foreign_to(self, lineage: str | None) -> bool:
        """Return whether this is surely no continuation of a table of *lineage*."""
        return None not in (lineage, self.lineage) and lineage != self.lineage


def to_bytes(announcement: Announcement) -> bytes:
    """Return the message for *announcement*, without its slices when they are too large."""
    slices = announcement.slices
    if slices is not None:
        size_bytes = sum(len(key) + len(value or b"") for key, value in slices.items())
        if size_bytes > MAX_CHANGES_BYTES:
            slices = None
    packed: bytes = msgpack.packb((announcement.seq, slices, announcement.lineage))
    return packed


def from_bytes(message: bytes) -> Announcement:
    """Read a message made by `to_bytes`; raises ValueError when it is not one."""
    try:
        seq, slices, *rest = msgpack.unpackb(message)
        (lineage,) = rest or (None,)  # which older publishers do not tell
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise ValueError("not an announcement") from error
    are_slices = slices is None or _are_slices(slices)
    if isinstance(seq, int) and are_slices and isinstance(lineage, str | None):
        return Announcement(seq, slices, lineage)
    raise ValueError("not an announcement")


def _are_slices(slices: object) -> bool:
    return isinstance(slices, dict) and all(
        isinstance(key, str) and isinstance(packed, bytes | None) for key, packed in slices.items()
    )
