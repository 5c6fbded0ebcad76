"""The schemes that an EPC can follow, ready to be looked up."""

from dataclasses import dataclass
from typing import NamedTuple

from rules_compiler.gs1.epc import tables

LONGEST_PREFIX = 12
SHORTEST_PREFIX = 6


class Form(NamedTuple):
    """How one part stands in the bits: its name, width, number of digits (at most), and kind.

    The kind is `digits` (padded with zeros), `integer` (no leading zeros), `marked` (digits behind
    a 1), `text7` (7 bits a character, up to its width) or `text6` (6 bits, ended by a zero).
    """

    part: str
    width: int
    digits: int
    kind: str


@dataclass(frozen=True, slots=True)
class Family:
    """What EPCs of one name identify: identifiers whose values are made of parts.

    The parts are `0` a zero, `i` the first digit of the reference, `c` the company prefix, `r` the
    rest of the reference, `k` a check digit, `p` piece, `t` total, `s` serial. `digits` counts
    company prefix and reference together, None when the reference is open.
    """

    name: str
    values: tuple[tuple[str, str], ...]
    digits: int | None

    @property
    def key_ai(self) -> str:
        """The primary key of its links."""
        return self.values[0][0]

    def has_part(self, part: str) -> bool:
        """Tell whether some value holds *part*."""
        return any(part in parts for _, parts in self.values)


@dataclass(frozen=True, slots=True)
class PartitionedScheme:
    """A binary scheme that keeps company prefix and reference apart: SGTIN-96 and its like.

    `partitions` are the forms of prefix and reference for prefixes of 12 digits down to 6.
    """

    name: str
    header: int
    family: Family
    length: int
    partitions: tuple[tuple[Form, Form], ...]
    others: tuple[Form, ...]

    @property
    def key_ai(self) -> str:
        """The primary key of its links."""
        return self.family.key_ai


@dataclass(frozen=True, slots=True)
class PlusScheme:
    """A binary scheme that holds whole values, and further identifiers behind them: SGTIN+ and its like.

    `dates` are the identifiers of which one leads, by the number that names it.
    """

    name: str
    header: int
    identifiers: tuple[str, ...]
    dates: tuple[str, ...]

    @property
    def key_ai(self) -> str:
        """The primary key of its links."""
        return self.identifiers[0]


def _parse_family(name: str, values: str, digits: str) -> Family:
    parts = tuple((ai, parts) for ai, _, parts in (value.partition("/") for value in values.split()))
    return Family(name, parts, int(digits) if digits else None)


def _parse_partition(text: str, kind: str, digits: int) -> tuple[Form, Form]:
    prefix_width, reference_width, reference_digits = map(int, text.split("/"))
    return Form("c", prefix_width, digits, "digits"), Form("r", reference_width, reference_digits, kind)


def _parse_form(text: str) -> Form:
    part, width, digits, kind = text.split("/")
    return Form(part, int(width), int(digits), kind)


def _parse_partitioned(row: tuple[str, ...]) -> PartitionedScheme:
    name, family, header, length, kind, partitions, others = row
    return PartitionedScheme(
        name,
        int(header, 16),
        FAMILIES[family],
        int(length),
        tuple(
            _parse_partition(text, kind, LONGEST_PREFIX - number)
            for number, text in enumerate(partitions.split())
        ),
        tuple(map(_parse_form, others.split())),
    )


FAMILIES = {row[0]: _parse_family(*row) for row in tables.FAMILIES}
"""The EPC names with a Digital Link."""

_PLUS = {
    name: PlusScheme(name, int(header, 16), tuple(identifiers.split()), tuple(dates.split()))
    for name, header, identifiers, dates in tables.PLUS
}

SCHEMES: dict[str, PartitionedScheme | PlusScheme] = {
    **{row[0]: _parse_partitioned(row) for row in tables.PARTITIONED},
    **_PLUS,
}
"""The binary schemes that a Digital Link can be written in, by name."""

HEADERS = {scheme.header: scheme for scheme in SCHEMES.values()}
"""The schemes of `SCHEMES` by their header byte."""

FOREIGN = {int(header, 16): name for name, header in tables.FOREIGN}
"""Schemes that identify what no Digital Link does, by their header byte."""

# Table 14-1 of the EPC Tag Data Standard 2.3; the artefacts do not have these schemes yet.
HOSTED = {
    header: _PLUS[f"{name}+"]
    for header, name in {
        0xE6: "CPI",
        0xE7: "GSRN",
        0xE8: "GSRNP",
        0xE9: "SGLN",
        0xEA: "GDTI",
        0xEB: "GRAI",
        0xEC: "SGCN",
        0xED: "ITIP",
        0xEE: "GIAI",
        0xEF: "SSCC",
        0xFC: "DSGTIN",
        0xFD: "SGTIN",
    }.items()
}
"""The schemes, by header byte, that carry a host name behind the identifiers of a `+` scheme."""
