"""What of a caller can count for one item: everybody alike in that gets the same answer."""

from functools import lru_cache
from typing import TypeAlias

from resolver.locations import Location
from resolver.negotiate import parse_accept, parse_accept_language
from resolver.request import Request
from rules_compiler.groups import Traits
from rules_compiler.languages import can_match
from rules_compiler.preferences import media_quality

_KNOWN_OFFERS = 4_096
_KNOWN_CALLERS = 4_096

# Placeholders whose values come from the caller.
_LANGUAGE, _COUNTRY = "lang", "country"

Caller: TypeAlias = tuple[bytes, bytes, Location]
"""Accept and Accept-Language, as far as they are read, and the place: all that counts beside the target."""

Alike: TypeAlias = tuple[tuple[float, ...], tuple[str, ...], Location | None]
"""What counts of a caller: how he likes the media types, which languages he can have, and his place."""


class Offers:
    """What the entries of an item leave to the caller: media types, languages, and whether his place counts.

    `speaks` says that the language he likes best is filled into targets. Equal offers are one object.
    """

    __slots__ = ("has_places", "languages", "media_types", "speaks")

    def __init__(
        self, media_types: tuple[str, ...], languages: tuple[str, ...], *, speaks: bool, has_places: bool
    ) -> None:
        self.media_types = media_types
        self.languages = languages
        self.speaks = speaks
        self.has_places = has_places


@lru_cache(maxsize=_KNOWN_OFFERS)
def offers_of(traits: Traits) -> Offers | None:
    """Return what entries with *traits* leave to the caller, None when they are the same to everybody."""
    speaks = _LANGUAGE in traits.placeholders
    has_places = traits.has_places or _COUNTRY in traits.placeholders
    if not (traits.media_types or traits.languages or speaks or has_places):
        return None
    return _intern(traits.media_types, traits.languages, speaks=speaks, has_places=has_places)


def caller_of(request: Request) -> Caller:
    """Return what an answer to *request* may depend on beside its target."""
    return request.accept, request.accept_language, request.location


def to_alike(caller: Caller, offers: Offers) -> Alike:
    """Return what counts of *caller*."""
    accept, accept_language, location = caller
    qualities, languages = _read(accept, accept_language, offers)
    return qualities, languages, location if offers.has_places else None


@lru_cache(maxsize=_KNOWN_OFFERS)
def _intern(
    media_types: tuple[str, ...], languages: tuple[str, ...], *, speaks: bool, has_places: bool
) -> Offers:
    return Offers(media_types, languages, speaks=speaks, has_places=has_places)


@lru_cache(maxsize=_KNOWN_CALLERS)
def _read(accept: bytes, accept_language: bytes, offers: Offers) -> tuple[tuple[float, ...], tuple[str, ...]]:
    ranges, spoken = parse_accept(accept), parse_accept_language(accept_language)
    qualities = tuple([media_quality(ranges, media_type) for media_type in offers.media_types])
    languages = tuple([tag for tag in spoken if can_match(tag, offers.languages)])
    return qualities, (*spoken[:1], *languages) if offers.speaks else languages
