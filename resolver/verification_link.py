"""The link from a serial number to its verification, which every serial has and no rule replaces.

That it is there tells nothing: a serial that nobody knows has it as well.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from rules_compiler.compose import Level
from rules_compiler.gs1 import Elements, slice_key
from rules_compiler.link_types import title_of, to_iri
from rules_compiler.model import SliceKey

LINK_TYPE: Final = "gs1:verificationService"

_KEYS: Final = frozenset({"01", "21"})
_LINK: Final = {"title": title_of(LINK_TYPE), "type": "application/json"}


class VerificationLink(NamedTuple):
    """What of a linkset says where the serial with this *anchor* is verified."""

    anchor: SliceKey
    href: str

    def levels(self, levels: Sequence[Level]) -> tuple[Level, ...]:
        """Return *levels* behind that of the serial, which is one also where no rule is written for it."""
        is_there = bool(levels) and levels[0].anchor == self.anchor
        return tuple(levels) if is_there else (Level(self.anchor, ()), *levels)

    def unrivalled(self, levels: Sequence[Level]) -> tuple[Level, ...]:
        """Return *levels* without the rules of this type, which never answer for a serial."""
        return tuple(
            Level(anchor, tuple(entry for entry in entries if entry.link_type != LINK_TYPE))
            for anchor, entries in levels
        )

    def add_to(self, member: dict[str, Any]) -> None:
        """List the link in the member of a linkset that is about the serial."""
        member.setdefault(to_iri(LINK_TYPE), []).append({"href": self.href, **_LINK})


def find_verification(ais: Elements, verify_root: str) -> VerificationLink | None:
    """Return the link to the verification of the serial in *ais*, None where there is none."""
    serial = [pair for pair in ais if pair[0] in _KEYS]
    if len(serial) != len(_KEYS):
        return None
    # INVARIANT: the level of a serial is the narrowest of its identifier.
    anchor = slice_key(serial)
    return VerificationLink(anchor, f"{verify_root}/{anchor}")
