"""The format of each value: its components, compiled once, and the reasons for refusing a value."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from rules_compiler.gs1.checks import CHECKS, CSET82, Check
from rules_compiler.gs1.dictionary import IDENTIFIERS
from rules_compiler.gs1.encoding import decode_value
from rules_compiler.gs1.errors import DigitalLinkError
from rules_compiler.gs1.gtin import GTIN_LENGTH, SHORT_GTIN_LENGTHS
from rules_compiler.gs1.options import ParseOptions

_SHOWN_LENGTH = 40

_CHARACTERS = {
    "N": ("[0-9]", "digits"),
    "X": (f"[{re.escape(CSET82)}]", "letters, digits and !\"%&'()*+,-./:;<=>?_"),
    "Y": ("[#/0-9A-Z-]", "capitals, digits, #, - and /"),
    "Z": ("[0-9A-Za-z_=-]", "letters, digits, - and _"),
}
_TYPE_CHECKS = {"Z": ("base64url",)}
_COMPONENT = re.compile(r"(\[?)([NXYZ])(\.\.)?([0-9]+)\]?((?:,[a-z0-9]+)*)")


@dataclass(frozen=True, slots=True)
class Component:
    """One piece of a value: what characters, how many, and the named checks it must pass."""

    type: str
    shortest: int
    longest: int
    is_optional: bool
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValueFormat:
    """The format of a value: one pattern with a group for each component, and their checks."""

    components: tuple[Component, ...]
    pattern: re.Pattern[str]
    checks: tuple[tuple[int, str, Check], ...]
    shortest: int
    longest: int


def shown(value: str) -> str:
    """Return *value* quoted and short enough for a message; UTF-8 read as Latin-1 is put right."""
    try:
        text = value.encode("latin-1").decode()
    except UnicodeError:
        text = value
    return repr(text if len(text) <= _SHOWN_LENGTH else text[:_SHOWN_LENGTH] + "…")


def _parse_components(specification: str) -> Iterator[Component]:
    for bracket, kind, dots, length, checks in _COMPONENT.findall(specification):
        names = tuple(checks.split(",")[1:]) + _TYPE_CHECKS.get(kind, ())
        yield Component(kind, 1 if dots else int(length), int(length), bool(bracket), names)


def _to_pattern(component: Component) -> str:
    characters, _ = _CHARACTERS[component.type]
    optional = "?" if component.is_optional else ""
    return f"({characters}{{{component.shortest},{component.longest}}}){optional}"


@cache
def compile_format(specification: str) -> ValueFormat:
    """Return the format that *specification*, a cell of the dictionary, describes."""
    components = tuple(_parse_components(specification))
    return ValueFormat(
        components,
        re.compile("".join(map(_to_pattern, components))),
        tuple(
            (group, *CHECKS[name])
            for group, component in enumerate(components, start=1)
            for name in component.checks
        ),
        shortest=sum(c.shortest for c in components if not c.is_optional),
        longest=sum(c.longest for c in components),
    )


@cache
def format_of(ai: str) -> ValueFormat:
    """Return the format of the values of *ai*, one of `IDENTIFIERS`."""
    return compile_format(IDENTIFIERS[ai].specification)


def check_value(ai: str, value: str, position: int = 0) -> None:
    """Raise DigitalLinkError, at *position*, when *value* is no value of *ai*, one of `IDENTIFIERS`."""
    value_format = format_of(ai)
    match = value_format.pattern.fullmatch(value)
    if match is None:
        raise _refuse_shape(ai, value, position)
    for group, code, check in value_format.checks:
        piece = match[group]
        if piece is not None and (fault := check(piece)) is not None:
            raise DigitalLinkError(code, position, f"{_name(ai)}: {shown(piece)} {fault}.")


def read_value(ai: str, raw: str, position: int, options: ParseOptions) -> str:
    """Return the checked value of *ai* from its undecoded text; raises DigitalLinkError."""
    value = decode_value(raw, position)
    if options.short_gtin and ai == "01" and len(value) in SHORT_GTIN_LENGTHS:
        value = value.rjust(GTIN_LENGTH, "0")
    check_value(ai, value, position)
    return value


def _name(ai: str) -> str:
    return f"{ai} ({IDENTIFIERS[ai].title})" if IDENTIFIERS[ai].title else ai


def _refuse_shape(ai: str, value: str, position: int) -> DigitalLinkError:
    """Return why *value* does not fit the pattern of *ai*: its length, or else its characters."""
    value_format = format_of(ai)
    shortest, longest = value_format.shortest, value_format.longest
    wanted = str(longest) if shortest == longest else f"{shortest} to {longest}"
    length_fault = f"has {len(value)} characters, but needs {wanted}"
    if len(value) < shortest:
        code, fault = "too_short", length_fault
    elif len(value) > longest:
        code, fault = "too_long", length_fault
    elif foreign := _find_foreign_character(value_format, value):
        character, allowed = foreign
        code, fault = "bad_character", f"holds {shown(character)}, but there it may hold only {allowed}"
    else:
        code, fault = "too_short", "ends within a part of fixed length: write that part whole, or not at all"
    return DigitalLinkError(code, position, f"{_name(ai)}: {shown(value)} {fault}.")


def _find_foreign_character(value_format: ValueFormat, value: str) -> tuple[str, str] | None:
    """Return the first character out of its place, and what may stand in that place, or None."""
    start = 0
    for component in value_format.components:
        pattern, allowed = _CHARACTERS[component.type]
        for character in value[start : start + component.longest]:
            if not re.fullmatch(pattern, character):
                return character, allowed
        start += component.longest
    return None
