"""Where a client is: pinned, or told by a trusted proxy, or unknown, which matches no rule for a place."""

from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from resolver.locations import Location, parse_pins
from tests.factories import GTIN, make_catalogue, make_rule
from tests.resolver.edge_client import PROXY, EdgeClient
from tests.resolver.location_files import write_locations

PATH = f"/01/{GTIN}"
STATION = "198.51.100.7"
HEADERS = {
    "country_header": "X-Country",
    "region_header": "X-Region",
    "city_header": "X-City",
    "trusted_proxies": PROXY,
}
PINS = {"pinned_locations": f"{STATION}=CA/BC/Victoria,2001:db8::7=DE"}
RULES = (
    make_rule("city", location_cities=("Québec",), order_index=0),
    make_rule("region", location_regions=("BC",), order_index=1),
    make_rule("country", location_countries=("CA",), order_index=2),
    make_rule("all", order_index=3),
)


def ask(settings: dict[str, Any], client: str = PROXY, **headers: str) -> str | None:
    edge = EdgeClient(make_catalogue(*RULES), **settings)
    location = edge.request("GET", PATH, client=client, **headers).location
    return location and location.removeprefix("https://example.com/")


class TestHeaders:
    @pytest.mark.parametrize(
        ("headers", "rule"),
        [
            ({"x_country": "ca"}, "country"),
            ({"x_country": "CA", "x_region": "bc"}, "region"),
            ({"x_country": "CA", "x_region": "QC", "x_city": "québec"}, "city"),
            ({"x_region": "BC"}, "region"),
            ({"x_country": "DE", "x_region": " ", "x_city": ""}, "all"),
            ({}, "all"),
        ],
    )
    def test_a_trusted_proxy_tells_the_place(self, headers: dict[str, str], rule: str) -> None:
        assert ask(HEADERS, **headers) == rule

    def test_nobody_else_is_believed(self) -> None:
        assert ask(HEADERS, client="203.0.113.1", x_region="BC") == "all"


class TestPins:
    def test_a_pinned_address_is_where_the_operator_says(self) -> None:
        assert ask(PINS, client=STATION) == "region"

    def test_other_addresses_are_nowhere(self) -> None:
        assert ask(PINS, client="198.51.100.8") == "all"

    def test_an_address_behind_a_proxy_is_found(self) -> None:
        settings = PINS | {"trusted_proxies": PROXY}
        assert ask(settings, x_forwarded_for=STATION) == "region"

    def test_a_pin_wins_over_what_a_proxy_tells(self) -> None:
        headers = {"x_forwarded_for": STATION, "x_country": "DE", "x_city": "Québec"}
        assert ask(HEADERS | PINS, **headers) == "region"

    def test_only_the_country_is_kept_of_a_scan(self) -> None:
        edge = EdgeClient(make_catalogue(*RULES), **PINS)
        edge.request("GET", PATH, client=STATION)
        (scan,) = edge.scans
        assert scan.country == "CA"
        assert "Victoria" not in str(scan)
        assert STATION not in str(scan)


class TestDatabase:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> dict[str, Any]:
        quebec = {"iso_code": "QC", "names": {"en": "Quebec", "fr": "Québec"}}
        places = {
            "203.0.113.0/24": {"country": {"iso_code": "CA"}},
            f"{STATION}/32": {"country": {"iso_code": "CA"}, "city": {"names": {"fr": "Québec"}}},
            "2001:db8::/32": {"country": {"iso_code": "CA"}, "subdivisions": [{"iso_code": "BC"}, quebec]},
        }
        return {"location_database": write_locations(tmp_path / "places.mmdb", places)}

    @pytest.mark.parametrize(
        ("client", "rule"),
        [
            ("203.0.113.200", "country"),
            (STATION, "city"),
            ("2001:db8:1::1", "region"),
            ("::ffff:203.0.113.1", "country"),
            ("192.0.2.1", "all"),
            ("2001:db9::1", "all"),
            ("unix", "all"),
        ],
    )
    def test_an_address_is_where_the_database_says(
        self, settings: dict[str, Any], client: str, rule: str
    ) -> None:
        assert ask(settings, client=client) == rule

    def test_a_pin_wins(self, settings: dict[str, Any]) -> None:
        assert ask(settings | PINS, client=STATION) == "region"

    def test_what_a_trusted_proxy_tells_wins(self, settings: dict[str, Any]) -> None:
        assert ask(settings | HEADERS, x_forwarded_for=STATION, x_country="DE") == "all"

    def test_it_is_asked_for_the_client_when_the_proxy_does_not_know(self, settings: dict[str, Any]) -> None:
        assert ask(settings | HEADERS, x_forwarded_for=STATION, x_country="") == "city"

    def test_it_is_asked_for_the_peer_when_that_is_no_trusted_proxy(self, settings: dict[str, Any]) -> None:
        asked = {"x_forwarded_for": STATION, "x_region": "BC"}
        assert ask(settings | HEADERS, client="203.0.113.1", **asked) == "country"


class TestParsePins:
    def test_region_and_city_may_be_left_out(self) -> None:
        assert parse_pins("192.0.2.1=ca, 192.0.2.2=CA/BC,2001:db8::1=CA/BC/Victoria") == {
            ip_address("192.0.2.1"): Location("CA"),
            ip_address("192.0.2.2"): Location("CA", ("BC",)),
            ip_address("2001:db8::1"): Location("CA", ("BC",), ("Victoria",)),
        }

    @pytest.mark.parametrize(
        "text",
        ["192.0.2.1", "192.0.2.1=", "192.0.2.1=CAN", "192.0.2.1=CA//Victoria", "192.0.2.1=CA/1/2/3", "x=CA"],
    )
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"must be|appear"):
            parse_pins(text)
