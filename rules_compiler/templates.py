"""Where a custom URL may lead, and how its placeholders are filled from a request.

A custom URL consists of the ASCII characters of RFC 3986 and nothing else: whatever else a
target needs stands percent-encoded, an international host name in its `xn--` form. The scheme is
in small letters and the host begins with a letter or digit, as the schema of linksets wants it.
So a URL that was accepted can go into a `Location` header or a linkset byte for byte.

Placeholders stand in path and query only. A value is percent-encoded whole, so it can neither
leave its place in the URL nor choose the host.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rules_compiler.gs1 import encode_value
from rules_compiler.model import DestinationType, Rule, SliceKey
from rules_compiler.problems import Problem

PLACEHOLDERS = ("gtin", "gtin13", "lot", "serial", "cpv", "expiry", "lang", "country", "linkType")

MAX_URL_LENGTH = 2048

_NAMES = {"01": "gtin", "10": "lot", "21": "serial", "22": "cpv"}

_FIELD = "custom_url"
_PLACEHOLDER = re.compile(r"\{([A-Za-z0-9_]+)\}")
_BAD_CHARACTER = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%{}]")
_URL = re.compile(r"https?://(?P<authority>[^/?#]*)[^#]*(?P<fragment>.*)")
_AUTHORITY = re.compile(r"[A-Za-z0-9{][A-Za-z0-9._{}-]*(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Template:
    """A URL with places to fill. `parts` alternates between literal text and placeholder names."""

    parts: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """The names of the places to fill."""
        return frozenset(self.parts[1::2])

    def render(self, values: Mapping[str, str]) -> str | None:
        """Return the URL with *values*, by placeholder name, filled in; None when one is missing."""
        return fill(self.parts, values)

    def to_packed(self) -> tuple[str, ...]:
        """Return the template as primitives, as `from_packed` reads them."""
        return self.parts

    @classmethod
    def from_packed(cls, packed: Sequence[str]) -> "Template":
        """Return the template that `to_packed` wrote."""
        return cls(tuple(packed))


def fill(parts: Sequence[str], values: Mapping[str, str]) -> str | None:
    """Return the URL that the *parts* of a template make with *values*; None when one is missing."""
    return fill_encoded(parts, {name: encode_value(values[name]) for name in parts[1::2] if name in values})


def fill_encoded(parts: Sequence[str], encoded: Mapping[str, str]) -> str | None:
    """Return what `fill` does of values that are percent-encoded already."""
    texts = list(parts)
    for place in range(1, len(texts), 2):
        value = encoded.get(texts[place])
        if value is None:
            return None
        texts[place] = value
    return "".join(texts)


def values_of(ais: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the values that an identifier has for placeholders, by their names."""
    values = {_NAMES[ai]: value for ai, value in ais if ai in _NAMES}
    if values.get("gtin", "").startswith("0"):
        values["gtin13"] = values["gtin"][1:]
    return values


def encoded_values_of(key: SliceKey) -> dict[str, str]:
    """Return the values that the identifier of *key* has for placeholders, percent-encoded as they stand."""
    segments = key.split("/")
    return values_of(zip(segments[::2], segments[1::2], strict=True))


def compile_template(url: str) -> Template | None:
    """Return the template that *url* is, None when nothing in it is to be filled."""
    if "{" not in url:
        return None
    parts = tuple(_PLACEHOLDER.split(url))
    return Template(parts) if len(parts) > 1 else None


def placeholders_of(url: str) -> frozenset[str]:
    """Return the names of the places to fill in *url*."""
    return frozenset(_PLACEHOLDER.findall(url))


class UrlDefect(NamedTuple):
    """One reason why a text cannot be the URL of a target: a stable code, and what to do."""

    code: str
    message: str


def find_url_defects(url: str) -> list[UrlDefect]:
    """Return why *url* is no absolute http(s) URL that we would send a caller to."""
    defects = []
    if len(url) > MAX_URL_LENGTH:
        message = f"The URL has {len(url)} characters: {MAX_URL_LENGTH} is the most."
        defects.append(UrlDefect("custom_url_too_long", message))
    bad = _BAD_CHARACTER.search(url)
    if bad is not None:
        message = f"{bad[0]!r} at position {bad.start()} cannot stand in a URL: percent-encode it."
        defects.append(UrlDefect("custom_url_bad_character", message))
    match = _URL.fullmatch(url)
    if match is not None and "@" in match["authority"]:
        message = "The URL must not carry a user name or password."
        defects.append(UrlDefect("custom_url_has_user_info", message))
    elif bad is None and (match is None or _AUTHORITY.fullmatch(match["authority"]) is None):
        message = f"{url!r} is not an absolute URL: begin it with https:// in small letters and a host name."
        defects.append(UrlDefect("custom_url_not_absolute", message))
    return defects


def url_problems(rule: Rule) -> list[Problem]:
    """Return what is wrong with the custom URL of *rule*, leaving placeholders aside."""
    if rule.custom_url:
        defects = find_url_defects(rule.custom_url)
        return [Problem(defect.code, rule.id, _FIELD, defect.message) for defect in defects]
    if rule.destination_type is DestinationType.CUSTOM_URL:
        message = "A rule with the destination CUSTOM_URL needs a custom_url."
        return [Problem("custom_url_missing", rule.id, _FIELD, message)]
    return []


def template_problems(rule: Rule) -> list[Problem]:
    """Return what is wrong with the placeholders of *rule*: unknown, misplaced, never to be filled.

    Only what can never be is refused: a product's rule may well use {serial}, since the request
    may carry one.
    """
    url = rule.custom_url or ""
    if "{" not in url and "}" not in url:
        return []
    defects = _template_defects(url, rule.slice_key)
    return [Problem(code, rule.id, _FIELD, message) for code, message in defects]


def _template_defects(url: str, slice_key: str) -> Iterator[UrlDefect]:
    names = _PLACEHOLDER.findall(url)
    for name in dict.fromkeys(names):
        if name not in PLACEHOLDERS:
            known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
            yield UrlDefect("unknown_placeholder", f"{{{name}}} is not a placeholder. There are {known}.")
    if re.search("[{}]", _PLACEHOLDER.sub("", url)):
        message = "A brace belongs to no placeholder: write {gtin}, or %7B and %7D for the characters."
        yield UrlDefect("unbalanced_brace", message)
    match = _URL.fullmatch(url)
    if match is not None and "{" in match["authority"] + match["fragment"]:
        message = "Placeholders can stand in the path and in the query of a URL only."
        yield UrlDefect("misplaced_placeholder", message)
    if "gtin13" in names and slice_key.startswith("01/") and not slice_key.startswith("01/0"):
        message = f"{{gtin13}} has no value here: the GTIN of {slice_key} has 14 digits."
        yield UrlDefect("placeholder_never_filled", message)
