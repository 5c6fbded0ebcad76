"""What of a record counts, and which files are refused."""

from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from resolver.location_database import LocationDatabase
from resolver.locations import NOWHERE, Location
from tests.resolver.location_files import write_locations

ADDRESS = ip_address("198.51.100.7")
ELSEWHERE = {"203.0.113.0/24": {"country": {"iso_code": "CA"}}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "places.mmdb"


def find(path: Path, record: Any) -> Location:
    database = LocationDatabase(write_locations(path, ELSEWHERE | {"198.51.100.0/24": record}))
    return database.find(ADDRESS)


class TestFind:
    def test_a_city_has_all_its_names(self, path: Path) -> None:
        record = {
            "country": {"iso_code": "de", "names": {"en": "Germany"}},
            "subdivisions": [{"iso_code": "BY", "names": {"de": "Bayern", "en": "Bavaria"}}],
            "city": {"names": {"de": "München", "en": "Munich", "es": "Munich"}},
        }
        assert find(path, record) == Location("DE", ("BY", "Bayern", "Bavaria"), ("München", "Munich"))

    def test_every_level_of_regions_counts(self, path: Path) -> None:
        record = {
            "country": {"iso_code": "GB"},
            "subdivisions": [
                {"iso_code": "ENG", "names": {"en": "England"}},
                {"iso_code": "KEN", "names": {"en": "Kent"}},
            ],
        }
        assert find(path, record).regions == ("ENG", "England", "KEN", "Kent")

    @pytest.mark.parametrize(
        "record",
        [
            {},
            {"continent": {"code": "EU"}},
            # Where an address is registered is not where its user is.
            {"registered_country": {"iso_code": "US"}},
            {"country": "DE"},
            {"country": {"names": {"en": "Nowhere"}}},
            "DE",
        ],
    )
    def test_what_tells_no_place_is_nowhere(self, path: Path, record: Any) -> None:
        assert find(path, record) == NOWHERE

    def test_an_address_of_a_version_that_the_file_does_not_have(self, path: Path) -> None:
        database = LocationDatabase(write_locations(path, ELSEWHERE, ip_version=4))
        assert database.find(ip_address("203.0.113.1")) == Location("CA")
        assert database.find(ip_address("2001:db8::1")) == NOWHERE

    def test_a_damaged_record_is_nowhere(self, path: Path) -> None:
        write_locations(path, ELSEWHERE | {"198.51.100.0/24": {"country": {"iso_code": "DAMAGED"}}})
        database = LocationDatabase(path)
        with path.open("r+b") as file:
            file.seek(path.read_bytes().index(b"DAMAGED") - 1)
            file.write(b"\x5f")
        assert database.find(ADDRESS) == NOWHERE


class TestOpen:
    @pytest.mark.parametrize("record", [{"autonomous_system_number": "AS64496"}, "text", {}])
    def test_a_database_of_something_else_is_refused(self, path: Path, record: Any) -> None:
        write_locations(path, {"198.51.100.0/24": record})
        with pytest.raises(ValueError, match="it tells no countries"):
            LocationDatabase(path)

    def test_a_folder_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="MaxMind format"):
            LocationDatabase(tmp_path)

    def test_a_file_that_is_cut_short_is_refused(self, path: Path) -> None:
        write_locations(path, ELSEWHERE)
        path.write_bytes(path.read_bytes()[-300:])
        with pytest.raises(ValueError, match="MaxMind format"):
            LocationDatabase(path)
