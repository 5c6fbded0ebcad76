"""What lint finds: nothing that is not so, and all that the issue names."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules_compiler import reference
from rules_compiler.lint import Finding, Severity, lint
from rules_compiler.model import Catalogue, DestinationType, Query, Rule
from rules_compiler.shadows import find_values
from tests.factories import (
    NOON,
    brand_key,
    item_key,
    lot_key,
    make_catalogue,
    make_host,
    make_organization,
    make_rule,
    organization_key,
    serial_key,
)
from tests.rules_compiler.strategies import anything, crowds, negotiations, queries, seasons

LOOK = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
EXAMPLES = settings().max_examples
ANSWERED = {reference.Verdict.WON, reference.Verdict.OFFERED}
ROOT = "https://id.example/base"

several_queries = st.lists(queries, min_size=1, max_size=4)


def look(*rules: Rule, **fields: Any) -> list[Finding]:
    return lint(make_catalogue(*rules, **fields), NOON, roots=[ROOT])


def codes(*rules: Rule, **fields: Any) -> list[tuple[str, ...]]:
    return [(finding.code, *finding.rule_ids) for finding in look(*rules, **fields)]


class TestUnreachable:
    @pytest.mark.parametrize(
        ("earlier", "later"),
        [
            ({}, {}),
            ({}, {"languages": ("fr",)}),
            ({}, {"link_type": "gs1:pip"}),
            ({"link_type": "gs1:faqs"}, {"link_type": "gs1:faqs"}),
            ({"link_type": "gs1:pip"}, {"link_type": "gs1:pip"}),
            ({"location_countries": ("CA", "US")}, {"location_countries": ("CA",)}),
            ({"location_cities": ("Oslo",)}, {"location_cities": ("OSLO",)}),
            ({"days_of_week": (0, 1)}, {"days_of_week": (1,)}),
            (
                {"annual_start_mmdd": "11-01", "annual_end_mmdd": "02-01"},
                {"annual_start_mmdd": "12-01", "annual_end_mmdd": "12-31"},
            ),
            ({"time_of_day_start": "22:00:00"}, {"time_of_day_start": "23:00:00"}),
            ({"custom_url": "https://example.com/{country}"}, {"location_countries": ("CA",)}),
            (
                {"custom_url": "https://example.com/{gtin}/{lot}"},
                {"custom_url": "https://example.com/?lot={lot}"},
            ),
            ({"absolute_end_at": datetime(2030, 1, 1, tzinfo=UTC)},) * 2,
        ],
    )
    def test_a_rule_behind_one_that_holds_whenever_it_does(
        self, earlier: dict[str, Any], later: dict[str, Any]
    ) -> None:
        rules = make_rule("a", **earlier), make_rule("b", order_index=1, **later)
        assert ("unreachable_rule", "b", "a") in codes(*rules)

    @pytest.mark.parametrize(
        ("earlier", "later"),
        [
            ({"languages": ("fr",)}, {}),
            ({"enabled": False}, {}),
            ({"is_dead": True}, {}),
            ({"link_type": "gs1:pip"}, {}),
            ({}, {"link_type": "gs1:faqs"}),
            ({"location_countries": ("CA",)}, {}),
            ({"location_countries": ("CA",)}, {"location_countries": ("CA", "US")}),
            ({"days_of_week": (1,)}, {"days_of_week": (0, 1)}),
            ({"days_of_week": (1,), "timezone": "Asia/Tokyo"}, {"days_of_week": (1,)}),
            ({"annual_start_mmdd": "03-01"}, {}),
            ({"custom_url": "https://example.com/{serial}"}, {}),
            (
                {"custom_url": "https://example.com/{linkType}", "link_type": "gs1:pip"},
                {"link_type": "gs1:pip"},
            ),
            # Who asks for gs1:pip gets "b" here, for "a" has the target of a typed rule.
            ({"custom_url": "https://example.com/b"}, {"link_type": "gs1:pip"}),
            ({"slice_key": brand_key()}, {}),
            ({"organization_id": "rival"}, {}),
        ],
    )
    def test_a_rule_that_answers_somebody(self, earlier: dict[str, Any], later: dict[str, Any]) -> None:
        rules = make_rule("a", **earlier), make_rule("b", order_index=1, **later)
        assert not [code for code in codes(*rules) if code[0] == "unreachable_rule"]

    def test_says_so_when_that_hangs_on_the_target(self) -> None:
        first, second = make_rule("a"), make_rule("b", order_index=1)
        hosted = make_rule("a", destination_type=DestinationType.HOSTED_PAGE, custom_url=None)
        assert "as long as its own target lives" in look(first, second)[0].message
        assert "as long as" not in look(hosted, second)[0].message

    @settings(LOOK, max_examples=10 * EXAMPLES)
    @given(catalogue=st.one_of(crowds, negotiations, seasons, anything), asked=several_queries)
    def test_what_is_found_never_answers(self, catalogue: Catalogue, asked: list[Query]) -> None:
        found = {each.rule_ids[0] for each in lint(catalogue, NOON) if each.code == "unreachable_rule"}
        for query in asked if found else ():
            answered = {
                each.rule.id for each in reference.consider(catalogue, query) if each.verdict in ANSWERED
            }
            assert not found & answered


class TestWindows:
    @pytest.mark.parametrize(
        "fields",
        [
            {"absolute_end_at": datetime(2026, 6, 10, 12, tzinfo=UTC)},
            {
                "absolute_start_at": datetime(2026, 7, 1, tzinfo=UTC),
                "absolute_end_at": datetime(2026, 11, 1, tzinfo=UTC),
                "annual_start_mmdd": "12-01",
            },
        ],
    )
    def test_one_that_never_opens_again(self, fields: dict[str, Any]) -> None:
        assert codes(make_rule("a", **fields)) == [("window_never_opens", "a")]

    @pytest.mark.parametrize(
        "fields",
        [
            {"absolute_end_at": datetime(2026, 6, 10, 12, 0, 1, tzinfo=UTC)},
            {"absolute_start_at": datetime(9999, 12, 31, tzinfo=UTC), "days_of_week": (0,)},
            {"absolute_end_at": datetime(9999, 12, 31, tzinfo=UTC), "days_of_week": (0,)},
            {"annual_start_mmdd": "02-29", "annual_end_mmdd": "02-29", "days_of_week": (6,)},
        ],
    )
    def test_one_that_does(self, fields: dict[str, Any]) -> None:
        assert codes(make_rule("a", **fields)) == []

    @settings(LOOK, max_examples=5 * EXAMPLES)
    @given(catalogue=seasons, asked=several_queries)
    def test_what_is_found_is_closed_from_then_on(self, catalogue: Catalogue, asked: list[Query]) -> None:
        at = min(query.at for query in asked)
        found = {each.rule_ids[0] for each in lint(catalogue, at) if each.code == "window_never_opens"}
        for query in asked:
            answered = {
                each.rule.id for each in reference.consider(catalogue, query) if each.verdict in ANSWERED
            }
            assert not found & answered


class TestEquals:
    def test_two_that_nothing_tells_apart(self) -> None:
        rules = [
            make_rule("a", languages=("fr", "EN")),
            make_rule("b", languages=("en", "fr"), location_countries=("CA",), order_index=1),
        ]
        assert codes(*rules) == [("overlapping_equals", "b", "a")]

    @pytest.mark.parametrize(
        "fields",
        [
            {"languages": ("fr", "de")},
            {"languages": ("fr",), "link_type": "gs1:pip"},
            {"languages": ("fr",), "media_type": "text/html"},
            {"languages": ("fr",), "location_countries": ("US",)},
        ],
    )
    def test_two_that_differ(self, fields: dict[str, Any]) -> None:
        first = make_rule("a", languages=("fr",), location_countries=("CA",))
        assert codes(first, make_rule("b", order_index=1, **fields)) == []


class TestTargets:
    @pytest.mark.parametrize(
        "url",
        [
            "https://id.example/base/01/{gtin}",
            "https://ID.example:443/base",
            "https://id.example/base?x={gtin}",
            "https://id.meadow.example/about",
        ],
    )
    def test_that_lead_back_here(self, url: str) -> None:
        assert codes(make_rule("a", custom_url=url), hosts=(make_host(),)) == [("target_leads_back", "a")]

    @pytest.mark.parametrize(
        "url",
        [
            "https://id.example/basement",
            "https://id.example/",
            "https://id.example:8443/base/",
            "https://www.id.example/base/",
            "https://example.com/?back=https://id.example/base/",
        ],
    )
    def test_that_lead_elsewhere(self, url: str) -> None:
        assert codes(make_rule("a", custom_url=url), hosts=(make_host(),)) == []


class TestPlaceholders:
    @pytest.mark.parametrize(
        ("key", "name"),
        [
            ("414/9520000100117", "gtin"),
            ("414/9520000100117/254/DOCK", "lot"),
            ("8006/095060001343520102", "gtin"),
            (f"{item_key()}/235/TP1", "serial"),
        ],
    )
    def test_without_a_value_in_their_scope(self, key: str, name: str) -> None:
        rule = make_rule("a", slice_key=key, custom_url=f"https://example.com/{{{name}}}")
        assert codes(rule) == [("placeholder_never_filled", "a")]

    @pytest.mark.parametrize(
        ("key", "name"),
        [
            (item_key(), "serial"),
            (serial_key(), "lot"),
            ("8006/095060001343520102", "lot"),
            (organization_key(), "cpv"),
            (brand_key(), "gtin13"),
            ("414/9520000100117", "lang"),
        ],
    )
    def test_with_a_value_for_some_requests(self, key: str, name: str) -> None:
        assert codes(make_rule("a", slice_key=key, custom_url=f"https://example.com/{{{name}}}")) == []

    @settings(LOOK, max_examples=3 * EXAMPLES)
    @given(catalogue=anything, asked=several_queries)
    def test_what_is_sure_is_there(self, catalogue: Catalogue, asked: list[Query]) -> None:
        for query in asked:
            for each in reference.consider(catalogue, query):
                missing = (each.placeholder or "").strip("{}")
                assert missing not in find_values(each.rule.slice_key)[0]


class TestDefaults:
    def test_a_scope_without_one(self) -> None:
        assert codes(make_rule("a", link_type="gs1:faqs")) == [("scope_without_default", "a")]

    def test_the_default_type_is_one(self) -> None:
        faqs = make_organization(default_link_type="gs1:faqs")
        assert codes(make_rule("a", link_type="gs1:faqs"), organizations=(faqs,)) == []

    @pytest.mark.parametrize("key", [brand_key(), organization_key()])
    def test_a_brand_or_organization_needs_none(self, key: str) -> None:
        assert codes(make_rule("a", slice_key=key, link_type="gs1:faqs")) == []

    @pytest.mark.parametrize("key", [item_key(), brand_key(), organization_key()])
    def test_a_wider_scope_may_surely_have_one(self, key: str) -> None:
        lot = make_rule("a", slice_key=lot_key(), link_type="gs1:faqs")
        assert codes(lot, make_rule("b", slice_key=key)) == []
        assert codes(lot, make_rule("b", slice_key=key, languages=("fr",))) == [
            ("scope_without_default", "a")
        ]


class TestLinkTypes:
    def test_outside_the_vocabulary_or_on_their_way_out(self) -> None:
        rules = [
            make_rule("a"),
            make_rule("b", link_type="gs1:warranty", order_index=1),
            make_rule("c", link_type="gs1:productSustainabilityInfo", order_index=2),
        ]
        assert codes(*rules) == [("unlisted_link_type", "b"), ("deprecated_link_type", "c")]


class TestErrors:
    def test_what_the_compiler_refuses_comes_first_and_has_no_warnings(self) -> None:
        findings = look(
            make_rule("a", link_type="gs1:warranty"),
            make_rule("b", link_type="gs1:nothing", timezone="Mars/Base", order_index=1),
        )
        assert [(each.severity, each.code) for each in findings] == [
            (Severity.ERROR, "unknown_link_type"),
            (Severity.ERROR, "unknown_timezone"),
            (Severity.WARNING, "unlisted_link_type"),
            (Severity.WARNING, "scope_without_default"),
        ]

    def test_a_rule_that_is_switched_off_is_nobodys_business(self) -> None:
        assert codes(make_rule("a", link_type="gs1:warranty", enabled=False)) == []
