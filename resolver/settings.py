"""What an operator may set for the edge. Every variable is named `SIGNPOST_` and the field's name."""

import os
import re
from collections.abc import Mapping
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from resolver.location_database import LocationDatabase
from resolver.locations import Location, parse_pins

_KEY_PREFIX = re.compile(r"[0-9]{2,4}/[A-Za-z0-9._%-]*")


def count_cpus() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class EdgeSettings(BaseSettings):
    """Settings of one edge host; wrong values are refused when the process starts."""

    model_config = SettingsConfigDict(env_prefix="SIGNPOST_", env_ignore_empty=True, frozen=True)

    database_url: str | None = Field(
        default=None,
        description="PostgreSQL from which the edge catches up; without it the edge serves its files.",
        examples=["postgresql://signpost@db.internal/signpost"],
    )
    redis_url: str | None = Field(
        default=None,
        description="Redis or Valkey that announces changes and takes scans.",
        examples=["redis://cache.internal:6379/0"],
    )
    data_dir: Path = Field(
        default=Path(".signpost"),
        description="Folder for the table files and the scan spool.",
        examples=["/var/lib/signpost"],
    )
    base_url: str = Field(
        default="http://localhost:8000",
        description="Root of every identifier that the edge emits; it may carry a path.",
        examples=["https://id.brand.example"],
    )
    resolution_profile: Literal["gs1", "contract"] = Field(
        default="gs1",
        description="Which reading of the standard applies.",
        examples=["gs1"],
    )
    api_socket: Path | None = Field(
        default=None,
        description="Unix socket of the api process, to which other paths are relayed.",
        examples=[".signpost/run/api.sock"],
    )
    workers: int = Field(
        default_factory=count_cpus,
        ge=1,
        le=256,
        description="Workers of this host, who divide its limits among them while Redis is away.",
        examples=["4"],
    )
    drain_seconds: float = Field(
        default=0.0,
        ge=0,
        le=300,
        description="How long an edge that is told to stop goes on serving, while `/readyz` says no.",
        examples=["5"],
    )
    country_header: str = Field(
        default="",
        description="Header in which a trusted proxy tells the country of the client.",
        examples=["CF-IPCountry"],
    )
    region_header: str = Field(
        default="",
        description="Header in which a trusted proxy tells the region of the client.",
        examples=["CF-Region-Code"],
    )
    city_header: str = Field(
        default="",
        description="Header in which a trusted proxy tells the city of the client.",
        examples=["CF-IPCity"],
    )
    pinned_locations: str = Field(
        default="",
        description="Addresses whose place is known, each as `address=country/region/city`, by commas.",
        examples=["192.0.2.7=CA/BC/Victoria,2001:db8::7=DE"],
    )
    location_database: Path | None = Field(
        default=None,
        description="Database in the MaxMind format for the places of clients of whom nothing else is known.",
        examples=["/var/lib/signpost/GeoLite2-City.mmdb"],
    )
    trusted_proxies: str = Field(
        default="",
        description="Networks whose headers about the client are believed, separated by commas.",
        examples=["10.0.0.0/8,192.0.2.7"],
    )

    handled_by: str = Field(
        default="",
        description="Keys that other resolvers handle, each as `prefix=root`, separated by commas.",
        examples=["01/0952=https://id.other.example,414/9520=https://gln.example/id"],
    )

    @field_validator("base_url")
    @classmethod
    def _check_base_url(cls, value: str) -> str:
        return _root(value)

    @field_validator("trusted_proxies")
    @classmethod
    def _check_trusted_proxies(cls, value: str) -> str:
        _networks(value)
        return value

    @field_validator("pinned_locations")
    @classmethod
    def _check_pinned_locations(cls, value: str) -> str:
        parse_pins(value)
        return value

    @field_validator("location_database")
    @classmethod
    def _check_location_database(cls, value: Path | None) -> Path | None:
        if value is not None:
            LocationDatabase(value)
        return value

    @field_validator("handled_by")
    @classmethod
    def _check_handled_by(cls, value: str) -> str:
        _delegations(value)
        return value

    @cached_property
    def delegations(self) -> tuple[tuple[str, str], ...]:
        """The pairs of `handled_by`, longest prefix first."""
        return _delegations(self.handled_by)

    @cached_property
    def pins(self) -> Mapping[IPv4Address | IPv6Address, Location]:
        """The places of `pinned_locations` by address."""
        return parse_pins(self.pinned_locations)

    @cached_property
    def location_headers(self) -> tuple[bytes, bytes, bytes] | None:
        """The headers that tell country, region and city, empty where not set; None for none of them."""
        names = (self.country_header, self.region_header, self.city_header)
        country, region, city = (name.lower().encode() for name in names)
        return (country, region, city) if any(names) else None

    @cached_property
    def tells_places(self) -> bool:
        """Whether there is anything from which the place of a client can be known."""
        return bool(self.pins) or self.location_headers is not None or self.location_database is not None

    @cached_property
    def locations(self) -> LocationDatabase | None:
        """The database that tells where addresses are."""
        return None if self.location_database is None else LocationDatabase(self.location_database)

    @cached_property
    def trusted_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks of `trusted_proxies`."""
        return _networks(self.trusted_proxies)

    @property
    def table_dir(self) -> Path:
        """The folder of the files from which the workers of this host serve."""
        return self.data_dir / "tables"

    @cached_property
    def origin(self) -> str:
        """The root of the host of `base_url`, where the API is."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @cached_property
    def root_path(self) -> bytes:
        """The path of `base_url`, before which no identifier is looked for; empty for none."""
        return urlsplit(self.base_url).path.encode()


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


def _root(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an http(s) URL without query and fragment")
    return text.rstrip("/")


def _delegations(text: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        prefix, equals, root = part.partition("=")
        if not equals or _KEY_PREFIX.fullmatch(prefix) is None:
            raise ValueError(
                f"{part!r} must be a key prefix, = and a root, such as 01/0952=https://id.example"
            )
        pairs.append((prefix, _root(root)))
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))
