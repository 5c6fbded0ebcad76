"""Custom URLs: what may be one, and how placeholders are filled."""

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_compiler.model import DestinationType
from rules_compiler.templates import (
    MAX_URL_LENGTH,
    PLACEHOLDERS,
    Template,
    compile_template,
    encoded_values_of,
    fill_encoded,
    find_url_defects,
    template_problems,
    url_problems,
)
from tests.factories import item_key, lot_key, make_rule


def render(url: str, **values: str) -> str | None:
    template = compile_template(url)
    assert template is not None
    return template.render(values)


def codes_of(url: str) -> list[str]:
    return [defect.code for defect in find_url_defects(url)]


class TestCompileTemplate:
    def test_a_url_without_placeholders_is_no_template(self):
        assert compile_template("https://example.com/oat?x=1#top") is None

    def test_a_template_survives_packing(self):
        template = compile_template("https://example.com/{gtin}?lot={lot}")
        assert template is not None
        wire = msgpack.packb(template.to_packed())
        assert Template.from_packed(msgpack.unpackb(wire)) == template


class TestEncodedValuesOf:
    def test_values_are_encoded_as_they_stand_in_the_key(self):
        values = encoded_values_of("01/09506000134352/10/A%2FB")
        assert values == {"gtin": "09506000134352", "gtin13": "9506000134352", "lot": "A%2FB"}

    def test_nothing_is_encoded_a_second_time(self):
        template = compile_template("https://example.com/{lot}")
        assert template is not None
        url = fill_encoded(template.parts, encoded_values_of("01/09506000134352/10/A%2FB"))
        assert url == "https://example.com/A%2FB"


class TestRender:
    def test_placeholders_are_filled_in_path_and_query(self):
        url = render("https://example.com/{gtin}/x?lot={lot}#top", gtin="09506000134352", lot="A1")
        assert url == "https://example.com/09506000134352/x?lot=A1#top"

    def test_a_placeholder_may_stand_twice(self):
        assert render("https://example.com/{lot}/{lot}", lot="A") == "https://example.com/A/A"

    def test_a_missing_value_gives_no_url(self):
        assert render("https://example.com/{lot}/{serial}", lot="A") is None

    @pytest.mark.parametrize(
        ("value", "encoded"),
        [
            ("a/b", "a%2Fb"),
            ("../admin", "..%2Fadmin"),
            ('"%&+=?', "%22%25%26%2B%3D%3F"),
            ("//evil.example", "%2F%2Fevil.example"),
            ("A-z0.9_~", "A-z0.9_~"),
            ("é\r\n", "%C3%A9%0D%0A"),
            ("{serial}", "%7Bserial%7D"),
        ],
    )
    def test_a_value_is_percent_encoded_whole(self, value, encoded):
        assert render("https://example.com/{lot}", lot=value, serial="x") == f"https://example.com/{encoded}"

    @given(value=st.text(max_size=60))
    def test_no_value_makes_a_url_that_we_would_refuse(self, value):
        url = render("https://example.com/{lot}?x={lot}", lot=value)
        assert url is not None
        assert find_url_defects(url) == []


class TestTemplateProblems:
    @pytest.mark.parametrize("name", PLACEHOLDERS)
    def test_every_placeholder_of_ours_is_accepted(self, name):
        assert template_problems(make_rule(custom_url=f"https://example.com/{{{name}}}")) == []

    @pytest.mark.parametrize(
        ("url", "code"),
        [
            ("https://example.com/{colour}", "unknown_placeholder"),
            ("https://example.com/{GTIN}", "unknown_placeholder"),
            ("https://example.com/{gtin", "unbalanced_brace"),
            ("https://example.com/gtin}", "unbalanced_brace"),
            ("https://example.com/{}", "unbalanced_brace"),
            ("https://example.com/{{gtin}}", "unbalanced_brace"),
            ("https://{country}.example.com/", "misplaced_placeholder"),
            ("https://example.com:{lot}/", "misplaced_placeholder"),
            ("https://example.com{lot}", "misplaced_placeholder"),
            ("https://example.com/#{lot}", "misplaced_placeholder"),
        ],
    )
    def test_a_placeholder_that_cannot_work_is_refused(self, url, code):
        (problem,) = template_problems(make_rule("r1", custom_url=url))
        assert (problem.code, problem.rule_id, problem.field) == (code, "r1", "custom_url")

    def test_an_unknown_placeholder_is_reported_once(self):
        rule = make_rule(custom_url="https://example.com/{colour}/{colour}")
        assert len(template_problems(rule)) == 1

    def test_a_gtin_of_14_digits_has_no_gtin13(self):
        rule = make_rule(slice_key=item_key("19506000134359"), custom_url="https://example.com/{gtin13}")
        (problem,) = template_problems(rule)
        assert problem.code == "placeholder_never_filled"

    def test_a_lots_rule_may_use_a_serial_that_the_request_may_carry(self):
        rule = make_rule(slice_key=lot_key(), custom_url="https://example.com/{serial}")
        assert template_problems(rule) == []

    def test_a_rule_without_a_url_has_no_problem(self):
        assert template_problems(make_rule(custom_url=None)) == []


class TestFindUrlDefects:
    @pytest.mark.parametrize(
        "url",
        [
            "https://example.com",
            "http://Example.com:8080/a(b)/?q=[1]&x='y'#frag!",
            "https://xn--mnchen-3ya.example/%C3%A9",
            "http://192.0.2.1/",
            "https://example.com/{gtin}",
        ],
    )
    def test_an_absolute_http_url_has_none(self, url):
        assert find_url_defects(url) == []

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "example.com/oat",
            "/oat",
            "//example.com/oat",
            "https:/example.com",
            "https://",
            "https:///oat",
            "https://:8080/",
            "https://example.com:port/",
            "https://exa%6Dple.com/",
            "https://[::1/",
            "http://[2001:db8::1]:8080/",
            "HTTPS://example.com/",
            "https://-a.example.com/",
            "ftp://example.com/",
            "javascript:alert(1)",
            "data:text/html,hello",
        ],
    )
    def test_what_names_no_web_host_is_not_absolute(self, url):
        assert codes_of(url) == ["custom_url_not_absolute"]

    @pytest.mark.parametrize(
        "url",
        [
            "https://example.com/a b",
            "https://example.com/\r\nSet-Cookie: a=b",
            "https://example.com/\n",
            "https://example.com/\x00",
            "https://example.com/é",
            "https://münchen.example/",
            "https://example.com\\evil.example",
            'https://example.com/"<>',
            " https://example.com/",
        ],
    )
    def test_characters_outside_rfc_3986_are_refused(self, url):
        assert codes_of(url) == ["custom_url_bad_character"]

    @pytest.mark.parametrize("url", ["https://user@example.com/", "https://user:secret@example.com/"])
    def test_user_information_is_refused(self, url):
        assert codes_of(url) == ["custom_url_has_user_info"]

    @pytest.mark.parametrize(("excess", "expected"), [(0, []), (1, ["custom_url_too_long"])])
    def test_the_length_has_a_limit(self, excess, expected):
        assert codes_of("https://example.com/".ljust(MAX_URL_LENGTH + excess, "x")) == expected

    def test_all_defects_are_reported_at_once(self):
        url = "https://user@example.com/ ".ljust(3000, "x")
        assert len(find_url_defects(url)) == 3


class TestUrlProblems:
    @pytest.mark.parametrize("url", [None, ""])
    def test_a_custom_destination_needs_a_url(self, url):
        (problem,) = url_problems(make_rule("r1", custom_url=url))
        assert (problem.code, problem.rule_id, problem.field) == ("custom_url_missing", "r1", "custom_url")

    def test_the_hosted_page_needs_none(self):
        assert url_problems(make_rule(destination_type=DestinationType.HOSTED_PAGE, custom_url=None)) == []

    def test_a_url_that_waits_unused_is_checked_as_well(self):
        rule = make_rule(destination_type=DestinationType.HOSTED_PAGE, custom_url="oat")
        assert [problem.code for problem in url_problems(rule)] == ["custom_url_not_absolute"]
