"""Place conditions."""

import pytest

from rules_compiler.places import matches_place, place_problems
from tests.factories import make_rule


class TestMatchesPlace:
    def test_empty_lists_match_every_place(self):
        assert matches_place((), (), (), None, (), ())

    @pytest.mark.parametrize(
        ("country", "expected"), [("CA", True), ("ca", True), ("US", False), (None, False)]
    )
    def test_a_country_must_be_in_the_list_and_known(self, country, expected):
        assert matches_place(("ca", "fr"), (), (), country, (), ()) is expected

    @pytest.mark.parametrize(("region", "expected"), [(["Québec"], True), (["QUÉBEC"], True), ([], False)])
    def test_a_region_matches_in_any_case(self, region, expected):
        assert matches_place((), ("québec",), (), "CA", region, ()) is expected

    @pytest.mark.parametrize("listed", ["qc", "quebec", "québec"])
    def test_a_region_may_go_by_any_of_its_names(self, listed):
        assert matches_place((), (listed,), (), "CA", ["QC", "Quebec", "Québec"], ())

    @pytest.mark.parametrize(("city", "expected"), [(["Laval"], True), (["Montréal"], False), ([], False)])
    def test_a_city_must_be_in_the_list_and_known(self, city, expected):
        assert matches_place((), (), ("laval",), "CA", ["Québec"], city) is expected

    @pytest.mark.parametrize(("country", "city", "expected"), [("CA", "Laval", True), ("FR", "Laval", False)])
    def test_all_lists_must_match(self, country, city, expected):
        assert matches_place(("ca",), (), ("laval",), country, (), [city]) is expected


class TestPlaceProblems:
    def test_two_letters_are_a_country(self):
        assert place_problems(make_rule(location_countries=("CA", "de", "XK"))) == []

    @pytest.mark.parametrize("country", ["", "C", "CAN", "Canada", "C1", "ÄÖ", "DE\n"])
    def test_anything_else_is_none(self, country):
        (problem,) = place_problems(make_rule("r1", location_countries=("CA", country)))
        assert (problem.code, problem.rule_id, problem.field) == ("bad_country", "r1", "location_countries")

    @pytest.mark.parametrize("field", ["location_regions", "location_cities"])
    def test_a_blank_name_is_refused(self, field):
        (problem,) = place_problems(make_rule(**{field: ("Laval", " ")}))
        assert (problem.code, problem.field) == ("blank_place", field)
