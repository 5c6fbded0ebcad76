"""What an anchor of a document is about: the scope of its rules, and the item that it belongs to."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from product_platform.digital_link.service.identifiers import Identifier
from product_platform.digital_link.service.imports.links import Link
from rules_compiler.gs1 import DigitalLinkError, Elements, ParseOptions, levels, parse_path, slice_key
from rules_compiler.model import WILDCARD, ScopeType

_ANY_FORM: Final = ParseOptions(stem=True, short_gtin=True, trailing_slash=True, any_order=True)
_ROOT: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/]*", re.IGNORECASE)
_TEMPLATE: Final = re.compile(r"\{([^{}]+)\}")
_PLACEHOLDERS: Final = {"10": "{lot}", "21": "{serial}", "22": "{cpv}"}
_SCOPES: Final = {"10": ScopeType.BATCH, "21": ScopeType.SERIAL, "22": ScopeType.VARIANT}


class AnchorError(ValueError):
    """An anchor names nothing that a rule can govern."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rules of an anchor stand.

    An open place is that of every value of its last identifier. `placeholders` are ours for the
    names that the document gives to open values. `lot` is that of a serial, which tells one item
    from all others by itself.
    """

    identifier: Identifier
    is_open: bool
    placeholders: Mapping[str, str]
    lot: str | None

    def to_fields(self) -> dict[str, Any]:
        """Return the scope as a rule says it."""
        (key_ai, key), *qualifiers = self.identifier.ais
        if key_ai == "01" and not qualifiers:
            return {"scope_type": ScopeType.PRODUCT, "scope_id": key, "product_id": None}
        if key_ai == "01" and len(qualifiers) == 1 and not self.is_open and qualifiers[0][0] in _SCOPES:
            ((ai, value),) = qualifiers
            return {"scope_type": _SCOPES[ai], "scope_id": value, "product_id": key}
        return {
            "scope_type": ScopeType.IDENTIFIER,
            "scope_id": f"/{self.identifier.slice_key}",
            "product_id": None,
        }


@dataclass(slots=True)
class Anchor:
    """What a document says of one identifier. `variants` are its defaults for some callers only."""

    path: str
    place: Place
    description: str
    links: list[Link] = field(default_factory=list)
    default: Link | None = None
    variants: list[Link] = field(default_factory=list)

    @property
    def paths(self) -> set[str]:
        """Where the links stand, the default ones among them."""
        defaults = [self.default] if self.default else []
        return {link.path for link in (*self.links, *self.variants, *defaults)}


def read_place(anchor: object, qualifiers: object = None) -> Place:
    """Return where the rules of an anchor stand; raises AnchorError.

    *anchor* is a URI or its path, *qualifiers* a list of objects `{identifier: value}` that narrow
    it. A value in braces, `{serialnumber}`, is open: it stands for every value.
    """
    if not isinstance(anchor, str) or not anchor:
        raise AnchorError("anchor_missing", "The links are about nothing: give them an anchor.")
    path = _ROOT.sub("", anchor, count=1)
    if "?" in path or "#" in path:
        raise AnchorError("anchor_not_plain", f"{anchor!r} is more than an identifier: take ? and # away.")
    segments = [*path.removesuffix("/").split("/"), *_read_qualifiers(qualifiers)]
    placeholders = {}
    open_ais = set()
    for at in range(1, len(segments)):
        if template := _TEMPLATE.fullmatch(segments[at]):
            open_ais.add(segments[at - 1])
            placeholders[template[1]] = _PLACEHOLDERS.get(segments[at - 1], segments[at])
            segments[at] = WILDCARD
    try:
        ais = parse_path("/".join(segments).encode(), options=_ANY_FORM).ais
    except DigitalLinkError as error:
        raise AnchorError(error.code, error.message) from error
    return _to_place(ais, open_ais, placeholders)


def _read_qualifiers(qualifiers: object) -> Iterable[str]:
    for qualifier in qualifiers if isinstance(qualifiers, list) else [qualifiers or {}]:
        if not isinstance(qualifier, dict) or not all(isinstance(value, str) for value in qualifier.values()):
            raise AnchorError("bad_qualifiers", 'Qualifiers are a list such as [{"10": "LOT-7"}].')
        for ai, value in qualifier.items():
            yield ai
            yield value if _TEMPLATE.fullmatch(value) else quote(value, safe="")


def _to_place(ais: Elements, open_ais: set[str], placeholders: Mapping[str, str]) -> Place:
    """Return the narrowest level of *ais*, which must say all that the anchor says."""
    level = levels(ais)[0]
    *outer, (last, _) = level
    needless = dict(ais[1:]).keys() - dict(level).keys()
    is_open = last in open_ais
    if any(ai in open_ais for ai, _ in outer):
        raise AnchorError("open_value_not_last", "Only the last value of an anchor can be open.")
    if is_open and needless - open_ais:
        message = f"Every {last} of one {', '.join(sorted(needless - open_ais))} cannot be told from others."
        raise AnchorError("open_value_not_alone", message)
    lot = None if is_open or "10" in open_ais or "10" not in needless else dict(ais)["10"]
    key = f"{slice_key(outer)}/{last}/{WILDCARD}" if is_open else slice_key(level)
    return Place(Identifier(level, key), is_open, placeholders, lot)
