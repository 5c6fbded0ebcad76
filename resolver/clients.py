"""Who sends a request, by address: the peer, or whoever a trusted proxy speaks for."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from resolver.settings import EdgeSettings

Address: TypeAlias = IPv4Address | IPv6Address

_SUBNET_BYTES = 8  # of an IPv6 address: a /64, which is what one subscriber gets
_SITE_BYTES = 6  # a /48
_NEIGHBOURS_BYTES = 3  # a /24


def find_address(scope: Mapping[str, Any], settings: EdgeSettings) -> Address | None:
    """Return the address of the client, or None when nobody who is believed tells one.

    Each proxy appends to `X-Forwarded-For`, so that it is read from its end, and no further than
    the first address that is no trusted proxy: what stands before it anybody can write.
    """
    client = scope.get("client")
    address = _read_address(client[0]) if client else None
    if not settings.trusted_networks:
        return address
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    hops = ",".join(values).split(",") if values else []
    while hops and address is not None and _is_proxy(address, settings):
        address = _read_address(hops.pop().strip())
    return address


def subscriber_of(address: Address | None) -> bytes:
    """Return what stands for one client in limits: the address, of IPv6 its /64; all unknown are one."""
    if address is None:
        return b""
    return address.packed[:_SUBNET_BYTES] if isinstance(address, IPv6Address) else address.packed


def network_of(address: Address | None) -> str:
    """Return the network that shares one arm of a weight group: the /24 of a client, of IPv6 its /48."""
    if address is None:
        return ""
    prefix = _SITE_BYTES if isinstance(address, IPv6Address) else _NEIGHBOURS_BYTES
    return address.packed[:prefix].hex()


def _is_proxy(address: Address, settings: EdgeSettings) -> bool:
    return any(address in network for network in settings.trusted_networks)


def _read_address(text: str) -> Address | None:
    """Return the address that *text* is, with a port or without."""
    try:
        address = ip_address(text)
    except ValueError:
        return _read_with_port(text)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _read_with_port(text: str) -> Address | None:
    try:
        return ip_address(urlsplit(f"//{text}").hostname or "")
    except ValueError:
        return None
