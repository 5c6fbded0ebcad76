"""Checking a file by itself."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from product_platform.digital_link import FileProblem, check_lines
from product_platform.kit.ids import to_short
from rules_compiler.lint import Severity
from tests.product_platform.catalogue import USER_ID
from tests.product_platform.digital_link.conftest import GTIN

AT = datetime(2026, 3, 1, tzinfo=UTC)
SHORT_ID = to_short(USER_ID)


def make_rule_line(**fields: Any) -> dict[str, Any]:
    defaults = {"type": "rule", "ref": "r", "scope_type": "ORGANIZATION", "destination_type": "HOSTED_PAGE"}
    return defaults | fields


def check(*lines: Any) -> list[FileProblem]:
    texts = [line if isinstance(line, str | bytes) else json.dumps(line) for line in lines]
    return [problem for problem in check_lines(texts, at=AT) if problem.severity is Severity.ERROR]


def found(*lines: Any) -> list[tuple[int, str, str | None]]:
    return [(problem.line, problem.code, problem.field) for problem in check(*lines)]


class TestCheckLines:
    def test_a_good_file_has_no_problems(self) -> None:
        assert not check(
            {"type": "organization", "name": "Meadow"},
            {"type": "brand", "name": "Havrefin"},
            "",
            {"type": "product", "gtin": GTIN, "brand": "Havrefin"},
            {"type": "lot", "gtin": GTIN, "code": "A"},
            {"type": "serial", "gtin": GTIN, "serial": "1"},
            {"type": "custom_url", "url": "https://example.com/"},
            make_rule_line(),
            make_rule_line(ref="b", scope_type="BRAND", brand="Havrefin"),
            make_rule_line(ref="c", scope_type="BRAND", scope_id=SHORT_ID),
            make_rule_line(ref="p", scope_type="PRODUCT", scope_id=GTIN),
            make_rule_line(ref="l", scope_type="BATCH", scope_id="A/1", product_id=GTIN),
            make_rule_line(ref="v", scope_type="VARIANT", scope_id="2", product_id=GTIN),
            make_rule_line(ref="i", scope_type="IDENTIFIER", scope_id=f"/01/{GTIN}/21/*"),
            make_rule_line(ref="s", scope_type="SERIAL", scope_id="1", product_id=SHORT_ID),
        )

    def test_everything_is_told_at_once_by_line_and_rule(self) -> None:
        problems = check(
            "{",
            make_rule_line(
                ref="winter",
                destination_type="CUSTOM_URL",
                custom_url="ftp://x",
                timezone="Mars",
                colour="red",
            ),
        )
        assert [(problem.line, problem.rule, problem.code, problem.field) for problem in problems] == [
            (1, None, "bad_json", None),
            (2, "winter", "extra_forbidden", "colour"),
            (2, "winter", "custom_url_not_absolute", "custom_url"),
            (2, "winter", "unknown_timezone", "timezone"),
        ]

    @pytest.mark.parametrize(
        ("line", "code", "field"),
        [
            ([], "not_an_object", None),
            ({}, "unknown_type", "type"),
            ({"type": ["rule"]}, "unknown_type", "type"),
            ({"type": "lot", "gtin": GTIN}, "missing", "code"),
            ({"type": "product", "gtin": GTIN, "colour": "red"}, "unknown_field", "colour"),
            ({"type": "custom_url", "url": "/a"}, "custom_url_not_absolute", "url"),
            (make_rule_line(ref=None), "ref_missing", "ref"),
            (make_rule_line(metadata={str(at): "x" for at in range(51)}), "too_many_keys", "metadata"),
            (make_rule_line(link_type="gs1:tale"), "unknown_link_type", "link_type"),
        ],
    )
    def test_a_line_that_is_wrong(self, line: object, code: str, field: str | None) -> None:
        assert found(line) == [(1, code, field)]

    @pytest.mark.parametrize(
        ("fields", "code", "field"),
        [
            ({"scope_type": "SHELF"}, "enum", "scope_type"),
            ({"scope_id": GTIN}, "scope_id_not_allowed", "scope_id"),
            ({"scope_type": "PRODUCT"}, "scope_id_missing", "scope_id"),
            ({"scope_type": "PRODUCT", "scope_id": "09506000134353"}, "check_digit", "scope_id"),
            ({"scope_type": "BRAND", "scope_id": "Havrefin"}, "malformed_id", "scope_id"),
            ({"scope_type": "BATCH", "scope_id": "A"}, "product_id_missing", "product_id"),
            ({"scope_type": "BATCH", "scope_id": "Ä", "product_id": GTIN}, "bad_character", "scope_id"),
            ({"scope_type": "IDENTIFIER", "scope_id": "/414/9520000100118"}, "check_digit", "scope_id"),
            ({"scope_type": "SERIAL", "scope_id": "1", "product_id": "1"}, "too_short", "product_id"),
            ({"scope_type": "SERIAL", "scope_id": "1", "product_id": "x"}, "malformed_id", "product_id"),
        ],
    )
    def test_a_scope_that_cannot_be(self, fields: dict[str, Any], code: str, field: str) -> None:
        assert found(make_rule_line(**fields)) == [(1, code, field)]

    def test_names_and_places_are_given_once(self) -> None:
        assert found(
            make_rule_line(order_index=1),
            make_rule_line(order_index=2),
            make_rule_line(ref="other", order_index=1),
            make_rule_line(ref="elsewhere", order_index=1, scope_type="PRODUCT", scope_id=GTIN),
        ) == [(2, "repeated_ref", "ref"), (3, "repeated_order_index", "order_index")]


class TestWarnings:
    def test_come_last_with_the_line_of_their_rule(self) -> None:
        lines = [
            make_rule_line(ref="a"),
            make_rule_line(ref="b", link_type="gs1:nothing"),
            make_rule_line(ref="c", languages=["fr"]),
        ]
        found = [
            (each.severity, each.line, each.rule, each.code)
            for each in check_lines([json.dumps(line) for line in lines], at=AT)
        ]
        assert found == [
            ("error", 2, "b", "unknown_link_type"),
            ("warning", 3, "c", "unreachable_rule"),
        ]

    def test_a_rule_without_a_place_comes_after_those_before_it(self) -> None:
        lines = [
            make_rule_line(ref="late", order_index=5),
            make_rule_line(ref="last"),
            make_rule_line(ref="x"),
        ]
        warnings = [each.message for each in check_lines([json.dumps(line) for line in lines], at=AT)]
        assert len(warnings) == 2
        assert all("the rule late, further up" in message for message in warnings)
