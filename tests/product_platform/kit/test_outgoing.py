"""Every request that goes out passes the guard, and no way of writing an address gets round it."""

import ast
import asyncio
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from product_platform.kit.ssrf import Guard, OutgoingRefusedError

ROOT = Path(__file__).parents[3]

# What opens connections; `ssl`, `select` and such alone do not.
MAIL = {"smtplib", "aiosmtplib"}
CLIENTS = {"httpx", "httpx2", "httpcore2", "requests", "aiohttp", "urllib3", "ftplib", "socket", *MAIL}
OPENERS = {"open_connection", "create_connection", "urlopen", "HTTPConnection", "HTTPSConnection"}
EXPLAINED = {
    "platform/product_platform/kit/ssrf.py": "is the guard",
    "platform/product_platform/digital_link/adapters/http.py": "has a client of the guard",
    "platform/product_platform/kit/mail.py": "speaks to the mail server of whoever runs the installation",
    "platform/product_platform/digital_link/tasks.py": "has the name of its own host",
    "resolver/heartbeat.py": "has the name of its own host",
    "resolver/handover.py": "has the sockets that it listens on",
    "resolver/relay.py": "speaks to the api process over its socket",
    "admin_api/embedded/rolling.py": "has the sockets that its workers listen on",
    "admin_api/embedded/valkey.py": "speaks to its own child over its socket",
    "admin_api/embedded/supervisor.py": "finds out whether a port is free",
    "admin_api/embedded/probe.py": "asks its own children whether they are ready",
    "admin_api/doctor.py": "finds out whether a port is free",
}


def opens_connections(tree: ast.Module) -> bool:
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
        if any(name.partition(".")[0] in CLIENTS or name in OPENERS for name in names):
            return True
        if isinstance(node, ast.Attribute) and node.attr in OPENERS:
            return True
    return False


def find_openers() -> Iterator[str]:
    for folder in ("rules_compiler", "resolver", "platform", "admin_api"):
        for path in (ROOT / folder).rglob("*.py"):
            if opens_connections(ast.parse(path.read_text("utf-8"))):
                yield str(path.relative_to(ROOT))


def test_nothing_opens_a_connection_but_what_is_explained_here() -> None:
    """Who has to ask the world asks through `Guard.open_client`, and has a line above."""
    assert set(find_openers()) == EXPLAINED.keys()


def spellings(address: IPv4Address) -> list[str]:
    """Return ways in which one library or another reads *address*."""
    number, (a, b, c, d) = int(address), address.packed
    low = f"{a:02x}{b:02x}:{c:02x}{d:02x}"
    return [
        str(address),
        f"{address}.",
        str(number),
        hex(number),
        oct(number).replace("0o", "0"),
        f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{number & 0xFFFF}",
        f"{a:#x}.{b:#x}.{c:#x}.{d:#x}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{a:04d}.{b}.{c}.{d}",
        f"[::ffff:{address}]",
        f"[::ffff:{low}]",
        f"[::{address}]",
        f"[64:ff9b::{low}]",
        f"[64:ff9b:1::{low}]",
        f"[2002:{low}::]",
        f"[::ffff:0:{address}]",
        f"[0:0:0:0:0:ffff:{low}]",
        f"[fe80::{low}%25eth0]",
        str(address).translate(str.maketrans("0123456789", "".join(chr(0xFF10 + n) for n in range(10)))),
        str(address).replace(".", "\u3002"),
        str(address).replace(".", "%2e"),
        f"user@{address}",
        f"8.8.8.8@{address}",
        f"{address}#@8.8.8.8",
        f"{address}\\@8.8.8.8",
    ]


async def no_names(host: str, _port: int) -> list[str]:
    """Tell addresses for what they are, and know no other name."""
    return [str(ip_address(host))]


async def find(url: str) -> list[IPv4Address | IPv6Address]:
    """Return where a request to *url* would go: nowhere when it is refused, or no URL."""
    try:
        return await Guard(look_up=no_names).find_addresses(httpx2.URL(url))
    except (OutgoingRefusedError, httpx2.InvalidURL, httpx2.ConnectError, ValueError):
        return []


PRIVATE = st.one_of(
    st.ip_addresses(v=4, network=network)
    for network in (
        "10.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "0.0.0.0/8",
    )
)


@given(address=PRIVATE)
@example(address=IPv4Address("169.254.169.254"))
@example(address=IPv4Address("127.0.0.1"))
def test_no_spelling_of_a_private_address_passes(address: IPv4Address) -> None:
    passed = {host: asyncio.run(find(f"http://{host}/")) for host in spellings(address)}
    assert {host: found for host, found in passed.items() if not all(each.is_global for each in found)} == {}


@given(address=st.ip_addresses(v=6))
def test_an_address_of_ipv6_passes_only_when_it_is_public(address: IPv6Address) -> None:
    for found in asyncio.run(find(f"http://[{address}]/")):
        assert found.is_global
        assert found.ipv4_mapped is None
        assert found.sixtofour is None
        assert found.teredo is None


@pytest.mark.parametrize(
    "scheme", ["file", "ftp", "gopher", "dict", "ldap", "unix", "jar", "data", "javascript"]
)
def test_nothing_but_http_goes_out(scheme: str) -> None:
    assert asyncio.run(find(f"{scheme}://8.8.8.8/")) == []
