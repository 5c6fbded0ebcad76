"""One request for an identifier, read from its ASGI scope: headers become what the table asks for."""

from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address
from typing import Any, NamedTuple

from resolver.clients import find_address, network_of
from resolver.locations import NOWHERE, Location
from resolver.negotiate import cut, parse_accept, parse_accept_language
from resolver.settings import EdgeSettings
from rules_compiler.gs1 import DigitalLink
from rules_compiler.link_types import read_requested_link_type
from rules_compiler.model import EpochSeconds, Query

LINKSET_TYPES = frozenset({"linkset", "all"})
"""Values of `linkType` that ask for the linkset; `all` is the spelling of 1.0."""


class Request(NamedTuple):
    """What the client sent, as bytes where nothing needs to read it yet.

    `host` is the authority that the client asked; `scheme` is empty unless a trusted proxy told it.
    """

    method: str
    host: bytes
    scheme: bytes
    raw_path: bytes
    raw_query: bytes
    accept: bytes
    accept_language: bytes
    user_agent: bytes
    if_none_match: bytes
    debug: bytes
    location: Location
    # Reading an address costs more than most of a request, and few need it.
    find_network: Callable[[], str] = lambda: ""

    @property
    def root(self) -> bytes:
        """What was asked of the request's host: the authority, after the scheme if that is known."""
        return b"%b://%b" % (self.scheme, self.host) if self.scheme else self.host

    @property
    def is_plain(self) -> bool:
        """Whether it is a GET that asks for nothing but the answer itself."""
        return self.method == "GET" and not self.if_none_match and not self.debug


def read_request(scope: Mapping[str, Any], settings: EdgeSettings) -> Request:
    """Return the request of an ASGI *scope*; headers that nothing here uses are left unread."""
    headers = dict(scope["headers"])
    if len(headers) < len(scope["headers"]):
        headers = _join(scope["headers"])
    told = _told_by_proxy(headers, scope.get("client"), settings)
    location = _find_location(scope, told, settings) if settings.tells_places else NOWHERE
    return Request(
        scope["method"],
        _last(told, b"x-forwarded-host") or headers.get(b"host", b""),
        _last(told, b"x-forwarded-proto"),
        scope["raw_path"],
        scope["query_string"],
        cut(headers.get(b"accept", b"")),
        cut(headers.get(b"accept-language", b"")),
        headers.get(b"user-agent", b""),
        headers.get(b"if-none-match", b""),
        headers.get(b"signpost-debug", b""),
        location,
        lambda: network_of(find_address(scope, settings)),
    )


def to_query(link: DigitalLink, request: Request, at: EpochSeconds) -> Query:
    """Return what *request* for *link* asks of the table at *at*."""
    asked = asked_link_type(link)
    return Query(
        ais=link.ais,
        at=at,
        link_type=read_requested_link_type(asked) if asked else None,
        accept=parse_accept(request.accept),
        languages=parse_accept_language(request.accept_language),
        context=_parameter(link, "context"),
        country=request.location.country,
        regions=request.location.regions,
        cities=request.location.cities,
        expiry=link.get("17"),
    )


def asked_link_type(link: DigitalLink) -> str | None:
    """Return the `linkType` of *link* as the client wrote it; the first one counts."""
    return _parameter(link, "linkType")


def _join(pairs: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return headers by name; a repeated one is one list in HTTP."""
    headers: dict[bytes, bytes] = {}
    for name, value in pairs:
        headers[name] = headers[name] + b"," + value if name in headers else value
    return headers


def _parameter(link: DigitalLink, wanted: str) -> str | None:
    for name, value in link.extensions:
        if name == wanted:
            return value or None
    return None


def _told_by_proxy(
    headers: Mapping[bytes, bytes], client: tuple[str, int] | None, settings: EdgeSettings
) -> Mapping[bytes, bytes]:
    """Return *headers* when a trusted proxy sent them, else none: nobody else is believed."""
    if not settings.trusted_proxies or client is None or not is_trusted(client[0], settings):
        return {}
    return headers


def _find_location(scope: Mapping[str, Any], told: Mapping[bytes, bytes], settings: EdgeSettings) -> Location:
    """Return where the client is, by the first that knows: a pin, a trusted proxy, the database."""
    if settings.pins:
        address = find_address(scope, settings)
        pinned = settings.pins.get(address) if address is not None else None
        if pinned is not None:
            return pinned
    location = _read_location(told, settings)
    if location == NOWHERE and settings.locations is not None:
        address = find_address(scope, settings)
        return settings.locations.find(address) if address is not None else NOWHERE
    return location


def _read_location(told: Mapping[bytes, bytes], settings: EdgeSettings) -> Location:
    if not told or settings.location_headers is None:
        return NOWHERE
    country, region, city = (_read_names(told.get(name, b"")) for name in settings.location_headers)
    return Location(country[0].upper() if country else None, region, city)


def _read_names(value: bytes) -> tuple[str, ...]:
    """Return the name in a header; names of places come in UTF-8, or in the charset of old headers."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    return (text.strip(),) if text.strip() else ()


def _last(told: Mapping[bytes, bytes], name: bytes) -> bytes:
    """Return what the nearest proxy says in a header to which each may add; a client wrote the rest."""
    return told.get(name, b"").rpartition(b",")[2].strip() if told else b""


def is_trusted(host: str, settings: EdgeSettings) -> bool:
    """Return whether *host* is one of the proxies whose word about the client counts."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in settings.trusted_networks)
