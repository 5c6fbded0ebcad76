"""What a client asks for in `Accept` and `Accept-Language`, read from the raw header bytes.

Nothing here raises: what makes no sense is left out, as if the client had not said it. Headers
have few distinct values, so what was read is kept by the exact bytes.
"""

import re
from enum import Enum, auto
from functools import lru_cache

Accept = tuple[tuple[str, float], ...]
"""Media ranges in lower case, without parameters, and their quality; best first."""

# What a browser sends is far shorter. Behind the limit a header is cut, so that the caches
# stay within a few megabytes whatever clients send.
MAX_HEADER_BYTES = 512
_CACHED_HEADERS = 512

_MEDIA_RANGE = re.compile(r"\*/\*|[a-z0-9!#$&^_.+-]+/(?:\*|[a-z0-9!#$&^_.+-]+)")
_LANGUAGE_TAG = re.compile(r"[a-z]{1,8}(?:-[a-z0-9]{1,8})*")
_QUALITY = re.compile(r"[0-9](?:\.[0-9]*)?|\.[0-9]+")


class Representation(Enum):
    """The forms in which an identifier answers; members stand in order of preference."""

    REDIRECT = auto()
    LINKSET = auto()
    JSON_LD = auto()
    JSON = auto()


# Pages are what redirects lead to. Of the wildcards only those that include text/html mean a
# page: `application/*` does not ask for application/xhtml+xml.
_MEDIA_TYPES = {
    Representation.REDIRECT: "text/html",
    Representation.LINKSET: "application/linkset+json",
    Representation.JSON_LD: "application/ld+json",
    Representation.JSON: "application/json",
}
_SYNONYMS = {"application/xhtml+xml": "text/html"}


def cut(header: bytes) -> bytes:
    """Return what is read of *header*: as many whole members of the list as its first 512 bytes hold."""
    if len(header) <= MAX_HEADER_BYTES:
        return header
    return header[:MAX_HEADER_BYTES].rpartition(b",")[0]


def parse_accept(header: bytes) -> Accept:
    """Return the media ranges of an `Accept` header, best first.

    Refused ranges (q=0) are kept: they take away what a wildcard gives. Without a single range
    that makes sense the answer is empty, and that is as good as `*/*`.
    """
    return _parse_accept(cut(header))


def parse_accept_language(header: bytes) -> tuple[str, ...]:
    """Return the language tags of an `Accept-Language` header in lower case, best first.

    `*` and refused tags (q=0) are left out.
    """
    return _parse_accept_language(cut(header))


@lru_cache(maxsize=_CACHED_HEADERS)
def choose_representation(
    accept: Accept, unspecific: Representation = Representation.REDIRECT
) -> Representation:
    """Return the form that a client who sent *accept* likes best.

    Of forms liked equally the one that was named more precisely wins, then the order of
    `Representation`. Who allows none of them, or names none, gets *unspecific*.
    """
    # Ranges come best first, so that of equal names the best counts.
    qualities: dict[str, float] = {}
    for name, quality in accept:
        qualities.setdefault(_SYNONYMS.get(name, name), quality)
    best, chosen = (0.0, 0, False), unspecific
    for representation, media_type in _MEDIA_TYPES.items():
        quality, precision = _liking(media_type, qualities)
        liking = (quality, precision, precision == 0 and representation is unspecific)
        if quality > 0 and liking > best:
            best, chosen = liking, representation
    return chosen


def wants_page(accept: Accept) -> bool:
    """Return whether the client names HTML, and likes nothing of ours better: a person looks on."""
    names_html = any(quality > 0 and _SYNONYMS.get(name, name) == "text/html" for name, quality in accept)
    return names_html and choose_representation(accept) is Representation.REDIRECT


def _liking(media_type: str, qualities: dict[str, float]) -> tuple[float, int]:
    """Return the quality of *media_type* and how precisely it was named (2 to 0)."""
    family = media_type.partition("/")[0]
    for precision, name in ((2, media_type), (1, f"{family}/*"), (0, "*/*")):
        if name in qualities:
            return qualities[name], precision
    return 0.0, 0


@lru_cache(maxsize=_CACHED_HEADERS)
def _parse_accept(header: bytes) -> Accept:
    return tuple(item for item in _items(header) if _MEDIA_RANGE.fullmatch(item[0]))


@lru_cache(maxsize=_CACHED_HEADERS)
def _parse_accept_language(header: bytes) -> tuple[str, ...]:
    tags = (tag for tag, quality in _items(header) if quality > 0 and _LANGUAGE_TAG.fullmatch(tag))
    return tuple(dict.fromkeys(tags))


def _items(header: bytes) -> list[tuple[str, float]]:
    """Return the items of a list header in lower case with their quality, best first."""
    items = []
    for item in header.decode("latin-1").lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        items.append((name, _quality(parameters)))
    return sorted(items, key=lambda item: -item[1])


def _quality(parameters: list[str]) -> float:
    """Return the `q` among *parameters*, 1 when there is none that makes sense."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.rstrip() == "q" and _QUALITY.fullmatch(value.strip()):
            return min(float(value), 1.0)
    return 1.0
