"""How one link of a linkset is written: where it leads from an anchor, its title, and for whom it is."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from rules_compiler.entries import Entry
from rules_compiler.templates import fill_encoded

_LANGUAGE_LENGTH = 2
# Customers write few different lists of languages.
_KNOWN_LANGUAGES = 256

Link = dict[str, Any]


class Anchor(NamedTuple):
    """What the links of one anchor have in common.

    `name` titles links that have no title, `values` are for placeholders, percent-encoded.
    """

    name: str
    hosted_url: str
    default_link_type: str
    values: Mapping[str, str]


def to_link(entry: Entry, href: str, name: str) -> Link:
    """Return the link object of *entry*, which leads to *href*; *name* is its title if it has none."""
    return {"href": href, "title": entry.title or name, **conditions_of(entry)}


def is_shown(entry: Entry) -> bool:
    """Return whether a linkset can say where *entry* holds."""
    return entry.place is None or not (entry.place.regions or entry.place.cities)


def find_href(entry: Entry, anchor: Anchor) -> str | None:
    """Return where *entry* leads from an anchor, None when a linkset cannot say that."""
    if entry.place is not None and not is_shown(entry):
        return None
    if entry.template is not None:
        return fill_encoded(entry.template.parts, anchor.values)
    return anchor.hosted_url if entry.url is None else entry.url


def conditions_of(entry: Entry) -> Link:
    """Return what a link object says of the callers for whom *entry* is."""
    conditions: Link = {}
    if entry.media_type:
        conditions["type"] = entry.media_type
    languages = _hreflang(entry.languages)
    if languages:
        conditions["hreflang"] = [*languages]
    countries = entry.place.countries if entry.place else ()
    if entry.contexts or countries:
        conditions["context"] = [*entry.contexts, *[country.upper() for country in countries]]
    return conditions


@lru_cache(maxsize=_KNOWN_LANGUAGES)
def _hreflang(languages: tuple[str, ...]) -> tuple[str, ...]:
    """Return *languages* as the schema admits them, each once."""
    tags = [tag for tag in map(_admitted, languages) if tag is not None]
    return tuple(dict.fromkeys(tags))


def _admitted(tag: str) -> str | None:
    """Return *tag* as the schema admits it, `ll` or `ll-CC`, or None for a language of three letters.

    Scripts and regions by number are cut.
    """
    language, *rest = tag.split("-")
    if len(language) != _LANGUAGE_LENGTH:
        return None
    region = next((part for part in rest if len(part) == _LANGUAGE_LENGTH), None)
    return f"{language}-{region.upper()}" if region else language
