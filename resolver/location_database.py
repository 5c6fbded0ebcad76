"""Where an address is, by a database in the MaxMind format that the operator has."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address
from itertools import islice
from pathlib import Path
from typing import Any, Final

import maxminddb

from resolver.locations import NOWHERE, Location

_PROBED: Final = 1_000
_NOTHING: Final[Mapping[str, Any]] = {}


class LocationDatabase:
    """An open database of countries, or of cities; its pages are shared by all workers of a host."""

    def __init__(self, path: Path) -> None:
        """Open the file; raises ValueError, in words for whoever wrote its name."""
        try:
            self._reader = maxminddb.open_database(path)
            is_useful = any(_is_place(record) for _, record in islice(self._reader, _PROBED))
        except OSError as error:
            raise ValueError(f"it cannot be read ({error.strerror or error})") from error
        except maxminddb.InvalidDatabaseError as error:
            raise ValueError("it is no database in the MaxMind format (.mmdb)") from error
        if not is_useful:
            raise ValueError("it tells no countries: take a database of countries or of cities")

    def find(self, address: IPv4Address | IPv6Address) -> Location:
        """Return where *address* is, NOWHERE when that is not known."""
        try:
            record = self._reader.get(address)
        except (ValueError, maxminddb.InvalidDatabaseError):
            # An address of a version that the file does not have, or a damaged record.
            return NOWHERE
        return _to_location(record) if isinstance(record, dict) else NOWHERE


def _is_place(record: object) -> bool:
    return isinstance(record, dict) and bool(_part(record, "country"))


def _to_location(record: Mapping[str, Any]) -> Location:
    country = _part(record, "country").get("iso_code")
    subdivisions = record.get("subdivisions") or ()
    regions = dict.fromkeys(name for each in subdivisions for name in _names(each))
    return Location(
        country.upper() if isinstance(country, str) else None,
        tuple(regions),
        tuple(_names(_part(record, "city"))),
    )


def _names(place: Mapping[str, Any]) -> Iterator[str]:
    """Yield the code of a place and its names in all languages, so that a rule may use any of them."""
    if code := place.get("iso_code"):
        yield code
    yield from dict.fromkeys(_part(place, "names").values())


def _part(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = record.get(name)
    return part if isinstance(part, dict) else _NOTHING
