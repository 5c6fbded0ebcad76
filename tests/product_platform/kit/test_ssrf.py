"""What the guard lets out, and that a request goes to the very address that it let pass."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_network

import httpx2
import pytest

from product_platform.kit.ssrf import (
    MAX_BODY_BYTES,
    MAX_REDIRECTS,
    BodyTooLargeError,
    Guard,
    OutgoingRefusedError,
    fetch_status,
    parse_networks,
)
from tests.product_platform.web_server import Page, WebServer, lead_to, running_web_server

LOOPBACK = [ip_network("127.0.0.1/32")]

REFUSED = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:8.8.8.8]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::808:808]",
    "[64:ff9b:1::1]",
    "[100::1]",
    "[2001::1]",
    "[2001:db8::1]",
    "[2002:7f00:1::]",
    "[3fff::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fec0::1]",
    "[ff02::1]",
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "[2606:4700:4700::1111]", "[2a00:1450::1]"]
ODD_NUMBERS = [
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "127.1",
    "127.0.1",
    "0x7f.0.0.0x1",
    "1.2.3.4.5",
    "134744072.",
]


class Names:
    """A name server that gives out its answers one after the other, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.asked: list[str] = []
        self._answers = list(answers)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


async def no_names(host: str, port: int) -> Sequence[str]:
    raise OSError("no such name")


@pytest.fixture
async def web() -> AsyncIterator[WebServer]:
    async with running_web_server() as web:
        yield web


async def find_addresses(guard: Guard, url: str) -> list[str]:
    return [str(address) for address in await guard.find_addresses(httpx2.URL(url))]


async def fetch(guard: Guard, url: str, method: str = "HEAD") -> int:
    async with guard.open_client() as client:
        return await fetch_status(client, method, url)


class TestFindAddresses:
    @pytest.mark.parametrize("host", REFUSED)
    async def test_an_address_that_is_not_public(self, host: str) -> None:
        with pytest.raises(OutgoingRefusedError):
            await find_addresses(Guard(), f"http://{host}/")

    @pytest.mark.parametrize("host", PUBLIC)
    async def test_a_public_address(self, host: str) -> None:
        assert await find_addresses(Guard(), f"https://{host}/") == [host.strip("[]")]

    @pytest.mark.parametrize("host", REFUSED)
    async def test_a_name_that_leads_there(self, host: str) -> None:
        guard = Guard(look_up=Names([host.strip("[]")]))
        with pytest.raises(OutgoingRefusedError):
            await find_addresses(guard, "https://inside.example/")

    async def test_a_name_with_one_such_address_among_others(self) -> None:
        guard = Guard(look_up=Names(["8.8.8.8", "10.0.0.1"]))
        with pytest.raises(OutgoingRefusedError):
            await find_addresses(guard, "https://both.example/")

    @pytest.mark.parametrize("host", ODD_NUMBERS)
    async def test_an_odd_form_of_an_address(self, host: str) -> None:
        names = Names(["8.8.8.8"])
        with pytest.raises(OutgoingRefusedError):
            await find_addresses(Guard([ip_network("0.0.0.0/0")], look_up=names), f"http://{host}/")
        assert names.asked == []

    @pytest.mark.parametrize(
        "url", ["ftp://8.8.8.8/", "file:///etc/passwd", "gopher://8.8.8.8/", "/path", "http:///x"]
    )
    async def test_what_is_no_http(self, url: str) -> None:
        with pytest.raises(OutgoingRefusedError):
            await find_addresses(Guard(), url)

    async def test_localhost(self) -> None:
        with pytest.raises(OutgoingRefusedError):
            await find_addresses(Guard(), "http://localhost/")

    async def test_a_name_without_address(self) -> None:
        with pytest.raises(httpx2.ConnectError):
            await find_addresses(Guard(look_up=no_names), "https://nowhere.example/")

    async def test_a_name_that_cannot_be_looked_up(self) -> None:
        with pytest.raises(httpx2.ConnectError):
            await find_addresses(Guard(), f"https://{'x' * 64}.example/")

    async def test_a_network_that_is_let_pass(self) -> None:
        guard = Guard(parse_networks("10.0.0.0/8, fd00::/8"))
        assert await find_addresses(guard, "http://10.1.2.3/") == ["10.1.2.3"]
        assert await find_addresses(guard, "http://[fd00::1]/") == ["fd00::1"]
        for host in ("[::ffff:10.1.2.3]", "192.168.0.1"):
            with pytest.raises(OutgoingRefusedError):
                await find_addresses(guard, f"http://{host}/")


class TestConnection:
    async def test_a_name_is_looked_up_once(self, web: WebServer) -> None:
        web.pages["/"] = Page()
        names = Names(["127.0.0.1"], ["127.0.0.2"])
        guard = Guard(LOOPBACK, look_up=names)
        assert await fetch(guard, web.url("/", "rebound.example")) == 200
        assert names.asked == ["rebound.example"]
        assert [asked.host for asked in web.asked] == [f"rebound.example:{web.port}"]
        with pytest.raises(OutgoingRefusedError):
            await fetch(guard, web.url("/", "rebound.example"))
        assert len(web.asked) == 1

    async def test_the_next_address_when_one_does_not_answer(self, web: WebServer) -> None:
        web.pages["/"] = Page()
        guard = Guard(parse_networks("127.0.0.0/8"), look_up=Names(["127.0.0.9", "127.0.0.1"]))
        assert await fetch(guard, web.url("/", "two.example")) == 200

    async def test_nobody_listens(self) -> None:
        with pytest.raises(httpx2.ConnectError):
            await fetch(Guard(LOOPBACK), "http://127.0.0.1:1/")

    async def test_tls_asks_for_the_name(self) -> None:
        hello: list[bytes] = []

        async def on_connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            hello.append(await reader.read(65_536))
            writer.close()

        server = await asyncio.start_server(on_connect, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            guard = Guard(LOOPBACK, look_up=Names(["127.0.0.1"]))
            with pytest.raises(httpx2.ConnectError):
                await fetch(guard, f"https://named.example:{port}/")
        assert b"named.example" in hello[0]

    async def test_no_proxy_is_asked(self, web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
        web.pages["/"] = Page()
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        assert await fetch(Guard(LOOPBACK), web.url("/")) == 200

    async def test_a_body_beyond_the_limit(self, web: WebServer) -> None:
        web.pages["/large"] = Page(body=bytes(MAX_BODY_BYTES + 1))
        web.pages["/fits"] = Page(body=bytes(MAX_BODY_BYTES))
        async with Guard(LOOPBACK).open_client() as client:
            assert len((await client.get(web.url("/fits"))).content) == MAX_BODY_BYTES
            with pytest.raises(BodyTooLargeError):
                await client.get(web.url("/large"))


class TestFetchStatus:
    async def test_the_status_at_the_end_of_redirects(self, web: WebServer) -> None:
        web.pages = {"/": lead_to("/next"), "/next": lead_to(web.url("/last"), 308), "/last": Page(204)}
        assert await fetch(Guard(LOOPBACK), web.url("/")) == 204
        assert [asked.path for asked in web.asked] == ["/", "/next", "/last"]

    async def test_no_body_is_read(self, web: WebServer) -> None:
        web.pages["/"] = Page(body=bytes(16 * MAX_BODY_BYTES))
        assert await fetch(Guard(LOOPBACK), web.url("/"), "GET") == 200

    @pytest.mark.parametrize(
        "location",
        [
            "http://127.0.0.2/",
            "http://169.254.169.254/latest/meta-data/",
            "http://[::1]/",
            "ftp://8.8.8.8/",
            "//10.0.0.1/",
        ],
    )
    async def test_a_redirect_that_may_not_go_out(self, web: WebServer, location: str) -> None:
        web.pages["/"] = lead_to(location)
        with pytest.raises(OutgoingRefusedError):
            await fetch(Guard(LOOPBACK), web.url("/"))

    async def test_each_redirect_is_looked_up_anew(self, web: WebServer) -> None:
        web.pages["/"] = lead_to(web.url("/next", "same.example"))
        guard = Guard(LOOPBACK, look_up=Names(["127.0.0.1"], ["10.0.0.1"]))
        with pytest.raises(OutgoingRefusedError):
            await fetch(guard, web.url("/", "same.example"))
        assert len(web.asked) == 1

    async def test_ten_redirects_and_one_more(self, web: WebServer) -> None:
        web.pages = {f"/{number}": lead_to(f"/{number - 1}") for number in range(1, MAX_REDIRECTS + 2)}
        web.pages["/0"] = Page()
        assert await fetch(Guard(LOOPBACK), web.url(f"/{MAX_REDIRECTS}")) == 200
        with pytest.raises(httpx2.TooManyRedirects):
            await fetch(Guard(LOOPBACK), web.url(f"/{MAX_REDIRECTS + 1}"))

    async def test_a_redirect_that_cannot_be_read(self, web: WebServer) -> None:
        web.pages["/"] = lead_to("http://0177.0.0.1/")
        with pytest.raises(httpx2.RemoteProtocolError):
            await fetch(Guard(LOOPBACK), web.url("/"))

    async def test_a_url_that_cannot_be_read(self) -> None:
        with pytest.raises(OutgoingRefusedError):
            await fetch(Guard(), "http://0177.0.0.1/")
