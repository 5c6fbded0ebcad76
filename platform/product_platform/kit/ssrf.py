"""The guard of what goes out: every URL that a stranger may have named is fetched through it."""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

import httpx2

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
LookUp: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Tells the addresses of a host for a port; raises OSError when it has none."""

MAX_REDIRECTS: Final = 10
MAX_BODY_BYTES: Final = 1 << 20

# What IANA's registry of special-purpose addresses keeps from the public, and what clouds keep for
# their own metadata.
_CLOSED_V4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
)
# INVARIANT: every form in which IPv6 carries an address of IPv4 (mapped, compatible, NAT64, 6to4,
# Teredo) lies outside the one network that is open, or in one of those that are closed in it.
_OPEN_V6: Final = IPv6Network("2000::/3")
_CLOSED_V6: Final = tuple(
    IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)

# `127.1`, `2130706433` and `0x7f.1` are addresses to many a system library.
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
# A name server that keeps silent holds a thread for long; others are looked up meanwhile.
_LOOK_UPS: Final = ThreadPoolExecutor(max_workers=128, thread_name_prefix="look-up")


class OutgoingRefusedError(Exception):
    """The guard does not let a request to this URL pass."""


class BodyTooLargeError(httpx2.TransportError):
    """The answer has more bytes than anybody here reads."""


async def look_up_host(host: str, port: int) -> list[str]:
    """Return the addresses of *host* as the system tells them."""
    found = await asyncio.get_running_loop().run_in_executor(
        _LOOK_UPS, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )
    return [str(address[0]) for *_, address in found]


class Guard:
    """Lets requests pass to public addresses, and to those in *allowed*."""

    def __init__(self, allowed: Sequence[Network] = (), *, look_up: LookUp = look_up_host) -> None:
        self._allowed = allowed
        self._look_up = look_up

    def open_client(self) -> httpx2.AsyncClient:
        """Return a client whose every request passes this guard; it follows no redirect by itself.

        A request raises OutgoingRefusedError when it may not go out. No proxy is asked, for it
        would connect to whatever it likes.
        """
        return httpx2.AsyncClient(
            transport=_GuardedTransport(self, self._tls), follow_redirects=False, trust_env=False
        )

    async def find_addresses(self, url: httpx2.URL) -> list[Address]:
        """Return the addresses to connect to; raises OutgoingRefusedError, or ConnectError for none.

        A name that has one address which is refused is refused altogether.
        """
        if url.scheme not in {"http", "https"} or not url.host or _is_odd_number(url.host):
            raise OutgoingRefusedError(f"{url} is no http(s) URL with the name or address of a host.")
        port = url.port or {"http": 80, "https": 443}[url.scheme]
        try:
            found = await self._look_up(url.host, port)
        except (OSError, UnicodeError) as error:
            raise httpx2.ConnectError(f"{url.host!r} has no address.") from error
        addresses = [ip_address(text) for text in dict.fromkeys(found)]
        for address in addresses:
            if not self._passes(address):
                raise OutgoingRefusedError(f"{url.host!r} is at {address}, which is not public.")
        return addresses

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx2.create_ssl_context()

    def _passes(self, address: Address) -> bool:
        if any(address in network for network in self._allowed):
            return True
        if isinstance(address, IPv4Address):
            return not any(address in network for network in _CLOSED_V4)
        return address in _OPEN_V6 and not any(address in network for network in _CLOSED_V6)


async def fetch_status(client: httpx2.AsyncClient, method: str, url: str) -> int:
    """Return the status at the end of the redirects of *url*, at most ten; no body is read.

    Raises OutgoingRefusedError, and HTTPError where there is no such answer.
    """
    try:
        request = client.build_request(method, url)
    except httpx2.InvalidURL as error:
        raise OutgoingRefusedError(f"{url!r} cannot be read as a URL.") from error
    for _ in range(MAX_REDIRECTS + 1):
        response = await client.send(request, stream=True)
        await response.aclose()
        if not response.has_redirect_location:
            return response.status_code
        if response.next_request is None:
            raise httpx2.RemoteProtocolError("The Location of a redirect cannot be read.", request=request)
        request = response.next_request
    raise httpx2.TooManyRedirects(f"More than {MAX_REDIRECTS} redirects.", request=request)


def parse_networks(text: str) -> tuple[Network, ...]:
    """Return the networks that *text* lists, separated by commas; raises ValueError."""
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


def _is_odd_number(host: str) -> bool:
    if _NUMBER.fullmatch(host.removesuffix(".").rpartition(".")[2]) is None:
        return False
    try:
        IPv4Address(host)
    except ValueError:
        return True
    return False


class _GuardedTransport(httpx2.AsyncBaseTransport):
    """Connects to the very address that has passed: a name is looked up once for each request."""

    def __init__(self, guard: Guard, tls: ssl.SSLContext) -> None:
        self._guard = guard
        # INVARIANT: no connection is kept. It would be known by its address, and so be used
        # for another name than the one that its certificate was checked for.
        self._inner = httpx2.AsyncHTTPTransport(
            verify=tls, trust_env=False, limits=httpx2.Limits(max_keepalive_connections=0)
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        failure = httpx2.ConnectError(f"{request.url.host!r} has no address.")
        for address in await self._guard.find_addresses(request.url):
            try:
                response = await self._inner.handle_async_request(_pin(request, address))
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failure = httpx2.ConnectError(str(error))
                continue
            assert isinstance(response.stream, httpx2.AsyncByteStream)  # noqa: S101  # of an async transport
            response.stream = _LimitedStream(response.stream)
            return response
        raise failure

    async def aclose(self) -> None:
        await self._inner.aclose()


def _pin(request: httpx2.Request, address: Address) -> httpx2.Request:
    """Return *request* addressed to *address*; Host and the name in TLS stay what they were."""
    return httpx2.Request(
        request.method,
        request.url.copy_with(host=str(address)),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )


class _LimitedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size_bytes = 0
        async for chunk in self._stream:
            size_bytes += len(chunk)
            if size_bytes > MAX_BODY_BYTES:
                raise BodyTooLargeError(f"The answer has more than {MAX_BODY_BYTES} bytes.")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
