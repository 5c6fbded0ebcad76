"""A parsed Digital Link."""

from typing import NamedTuple

from rules_compiler.gs1.encoding import encode_value
from rules_compiler.gs1.levels import Elements

CANONICAL_ROOT = "https://id.gs1.org/"


class DigitalLink(NamedTuple):
    """What one Digital Link says, values decoded.

    `ais` are the key and its qualifiers in order, `slice_key` their canonical path without the
    leading slash; `attributes` are the data attributes in received order. `extensions` are the
    decoded parameters of the query that are no identifiers, repetitions included; `stem` and
    `raw_query` stand as received.
    """

    ais: Elements
    slice_key: str
    attributes: Elements = ()
    extensions: tuple[tuple[str, str], ...] = ()
    stem: str = ""
    raw_query: bytes = b""

    @property
    def key_ai(self) -> str:
        """The identifier of the primary key, such as `01`."""
        return self.ais[0][0]

    @property
    def elements(self) -> Elements:
        """All identifiers with their values: those of the path, then the data attributes."""
        return self.ais + self.attributes

    @property
    def canonical_uri(self) -> str:
        """The one URI of everything that this link identifies, whatever its host, stem and order."""
        query = "&".join([f"{ai}={encode_value(value)}" for ai, value in sorted(self.attributes)])
        return CANONICAL_ROOT + self.slice_key + (f"?{query}" if query else "")

    def get(self, ai: str) -> str | None:
        """Return the value of *ai*, in the path or as a data attribute, or None."""
        for name, value in self.elements:
            if name == ai:
                return value
        return None
