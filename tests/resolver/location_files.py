"""Writes small databases of places, in the MaxMind DB format 2.0."""

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

_MARKER = b"\xab\xcd\xefMaxMind.com"
_SEPARATOR_BYTES = 16
_RECORD_BYTES = 3
_TEXT, _UINT16, _UINT32, _MAP, _UINT64, _ARRAY = 2, 5, 6, 7, 9, 11


def write_locations(path: Path, places: Mapping[str, Any], *, ip_version: int = 6) -> Path:
    """Write what is known of each network of *places*, and return the path."""
    nodes: list[list[Any]] = [[None, None]]
    data = b""
    for text, record in places.items():
        _insert(nodes, _bits(text, ip_version), len(data))
        data += _encode(record)
    tree = b"".join(_pointer(side, len(nodes)) for node in nodes for side in node)
    metadata = {
        "binary_format_major_version": (_UINT16, 2),
        "binary_format_minor_version": (_UINT16, 0),
        "build_epoch": (_UINT64, 1_750_000_000),
        "database_type": "Test",
        "description": {"en": "Places of tests"},
        "ip_version": (_UINT16, ip_version),
        "languages": ["en"],
        "node_count": (_UINT32, len(nodes)),
        "record_size": (_UINT16, 8 * _RECORD_BYTES),
    }
    path.write_bytes(tree + bytes(_SEPARATOR_BYTES) + data + _MARKER + _encode(metadata))
    return path


def _bits(text: str, ip_version: int) -> str:
    """Return the path to a network; those of IPv4 lie below `::/96` in a tree for IPv6."""
    network = ip_network(text)
    bits = f"{int(network.network_address):0{network.max_prefixlen}b}"[: network.prefixlen]
    return "0" * 96 + bits if (network.version, ip_version) == (4, 6) else bits


def _insert(nodes: list[list[Any]], bits: str, offset: int) -> None:
    at = 0
    for bit in map(int, bits[:-1]):
        if nodes[at][bit] is None:
            nodes[at][bit] = len(nodes)
            nodes.append([None, None])
        at = nodes[at][bit]
    nodes[at][int(bits[-1])] = ("data", offset)


def _pointer(side: Any, node_count: int) -> bytes:
    match side:
        case None:
            value = node_count
        case ("data", offset):
            value = node_count + _SEPARATOR_BYTES + offset
        case node:
            value = node
    return int(value).to_bytes(_RECORD_BYTES, "big")


def _encode(value: Any) -> bytes:
    match value:
        case str():
            content = value.encode()
            return _control(_TEXT, len(content)) + content
        case dict():
            pairs = b"".join(_encode(key) + _encode(item) for key, item in value.items())
            return _control(_MAP, len(value)) + pairs
        case list():
            return _control(_ARRAY, len(value)) + b"".join(map(_encode, value))
        case (kind, number):
            content = number.to_bytes(8, "big").lstrip(b"\0")
            return _control(kind, len(content)) + content
    raise TypeError(value)


def _control(kind: int, size: int) -> bytes:
    """Return the byte that says what follows: the kind in three bits, or in a byte of its own."""
    assert size < 29
    return bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])
