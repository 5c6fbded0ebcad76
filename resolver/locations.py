"""Where a client is, as far as rules ask: country, region and city."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

_COUNTRY = re.compile(r"[A-Za-z]{2}")
_MAX_NAMES = 3


class Location(NamedTuple):
    """A place; the country is in upper case, the names are in any.

    `regions` and `cities` are all that the region and the city are called, none when unknown.
    """

    country: str | None = None
    regions: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()


NOWHERE = Location()
"""Unknown; it matches no rule that asks for a place."""


def parse_pins(text: str) -> Mapping[IPv4Address | IPv6Address, Location]:
    """Read `192.0.2.7=CA/BC/Victoria,192.0.2.8=DE`: addresses, and where each is; raises ValueError."""
    return dict(_parse_pin(part.strip()) for part in text.split(",") if part.strip())


def _parse_pin(text: str) -> tuple[IPv4Address | IPv6Address, Location]:
    address, _, place = text.partition("=")
    names = [name.strip() for name in place.split("/")]
    if len(names) > _MAX_NAMES or not all(names) or not _COUNTRY.fullmatch(names[0]):
        raise ValueError(
            f"{text!r} must be an address, = and a country, which a region and a city may follow, "
            "such as 192.0.2.7=CA/BC/Victoria"
        )
    return ip_address(address.strip()), Location(names[0].upper(), tuple(names[1:2]), tuple(names[2:]))
