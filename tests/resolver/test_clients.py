"""Whose request it is: nobody is believed about that but a trusted proxy."""

from ipaddress import ip_address
from typing import Any

import pytest

from resolver.clients import find_address, subscriber_of
from resolver.settings import EdgeSettings

PROXIES = "10.0.0.0/8,2001:db8:ffff::/48"


def find(peer: str | None, *forwarded: str, trusted: str = PROXIES) -> Any:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope = {"client": (peer, 50_000) if peer else None, "headers": headers}
    address = find_address(scope, EdgeSettings(trusted_proxies=trusted))
    return None if address is None else str(address)


class TestFindAddress:
    def test_the_peer_counts_when_no_proxy_is_trusted(self) -> None:
        assert find("192.0.2.1", "198.51.100.1", trusted="") == "192.0.2.1"

    def test_a_stranger_is_not_believed(self) -> None:
        assert find("192.0.2.1", "198.51.100.1") == "192.0.2.1"

    def test_a_proxy_is_believed(self) -> None:
        assert find("10.0.0.1", "198.51.100.1") == "198.51.100.1"

    def test_what_the_client_wrote_itself_is_not_read(self) -> None:
        assert find("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2") == "198.51.100.1"

    def test_a_repeated_header_is_one_list(self) -> None:
        assert find("10.0.0.1", "198.51.100.1", "10.0.0.2") == "198.51.100.1"

    @pytest.mark.parametrize("hop", ["198.51.100.1:4711", "::ffff:198.51.100.1"])
    def test_other_spellings_are_the_same_client(self, hop: str) -> None:
        assert find("10.0.0.1", hop) == "198.51.100.1"

    def test_a_port_may_follow_an_ipv6_address_in_brackets(self) -> None:
        assert find("2001:db8:ffff::1", "[2001:db8::7]:443") == "2001:db8::7"

    @pytest.mark.parametrize("hop", ["unknown", "_hidden", ""])
    def test_a_proxy_that_tells_no_address_leaves_it_unknown(self, hop: str) -> None:
        assert find("10.0.0.1", hop) is None

    def test_a_socket_without_address_is_unknown(self) -> None:
        assert find(None) is None


class TestSubscriberOf:
    def test_an_ipv4_address_stands_for_itself(self) -> None:
        assert subscriber_of(ip_address("192.0.2.1")) != subscriber_of(ip_address("192.0.2.2"))

    def test_a_slash_64_is_one(self) -> None:
        one, other = ip_address("2001:db8::1"), ip_address("2001:db8::ffff:2")
        assert subscriber_of(one) == subscriber_of(other)
        assert subscriber_of(one) != subscriber_of(ip_address("2001:db8:0:1::1"))

    def test_all_unknown_are_one(self) -> None:
        assert subscriber_of(None) == b""
