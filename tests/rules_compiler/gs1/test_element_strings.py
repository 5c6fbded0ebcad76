import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_compiler.gs1 import DigitalLinkError, from_element_string, parse_uri, to_element_string
from tests.rules_compiler.gs1.test_properties import elements

HOST = "https://id.gs1.org"
STANDARD = [
    (
        "(01)09520000100018(10)LOT7(17)270131(21)S-42",
        "/01/09520000100018/10/LOT7/21/S-42?17=270131",
    ),
    ('(17)270131(01)09520000100018(21)a/b"c%', "/01/09520000100018/21/a%2Fb%22c%25?17=270131"),
    (
        "(00)395200001000000019(02)09520000100018(37)12(10)LOT7",
        "/00/395200001000000019?02=09520000100018&37=12&10=LOT7",
    ),
    ("(01)09520000100018(8004)9520000100A", "/01/09520000100018?8004=9520000100A"),
]


def refusal_of(text):
    with pytest.raises(DigitalLinkError) as caught:
        from_element_string(text)
    return caught.value.code, caught.value.position


class TestFromElementString:
    @pytest.mark.parametrize(("text", "path"), STANDARD)
    def test_reads_bracketed_text(self, text, path):
        link, expected = from_element_string(text), parse_uri(HOST + path)
        assert (link.ais, link.attributes) == (expected.ais, expected.attributes)

    @pytest.mark.parametrize(
        "text",
        [
            "^010952000010001810LOT7^1727013121S-42",
            "\x1d010952000010001810LOT7\x1d1727013121S-42",
            "^0109520000100018^10LOT7^17270131^21S-42",
            "^17270131010952000010001821S-42^10LOT7",
        ],
    )
    def test_reads_what_a_barcode_holds(self, text):
        canonical = "https://id.gs1.org/01/09520000100018/10/LOT7/21/S-42?17=270131"
        assert from_element_string(text).canonical_uri == canonical

    def test_reads_an_escaped_bracket(self):
        assert from_element_string(r"(01)09520000100018(21)a\(b)c").get("21") == "a(b)c"

    def test_keeps_attributes_of_predefined_length_before_others(self):
        link = from_element_string("(240)A(01)09520000100018(99)B(17)270131(3103)000750")
        assert [ai for ai, _ in link.attributes] == ["17", "3103", "240", "99"]

    def test_chooses_the_qualifiers_that_use_most(self):
        text = "(01)09520000100018(235)TP1(99)A"
        assert [ai for ai, _ in from_element_string(text).ais] == ["01", "235"]

    @pytest.mark.parametrize(
        ("text", "code", "position"),
        [
            ("(01)09520000100018(235)TP1(10)LOT7", "not_an_attribute", 18),
            ("(01)09520000100018(8200)x", "not_an_attribute", 18),
            ("(10)LOT7(17)270131", "no_primary_key", 0),
            ("", "bad_character", 0),
            ("0109520000100018", "bad_character", 0),
            ("https://id.gs1.org/01/09520000100018", "bad_character", 0),
            ("(01", "unknown_ai", 0),
            ("(1)5", "unknown_ai", 0),
            ("(999)5", "unknown_ai", 0),
            ("(01)09520000100018(10)A(B)", "unknown_ai", 23),
            ("(01)09520000100018(10)", "empty_value", 18),
            ("(01)09520000100018(10)A(10)B", "duplicate_ai", 23),
            ("(01)09520000100018(01)09520000100018", "duplicate_ai", 18),
            ("(01)09520000100018(17)270132", "bad_date", 18),
            ("(01)09520000100019", "check_digit", 0),
            ("(01)09520000100018(10)a b", "bad_character", 18),
            ("(01)09520000100018(10)a\\b", "bad_character", 18),
            ("(01)09520000100018(255)9520000100117", "excluded_pair", 18),
            ("^", "unknown_ai", 1),
            ("^^0109520000100018", "unknown_ai", 1),
            ("^0109520000100018^", "unknown_ai", 18),
            ("^0109520000", "too_short", 1),
            ("^010952000010001810^17270131", "empty_value", 17),
            ("^9", "unknown_ai", 1),
        ],
    )
    def test_refuses_with_code_and_place(self, text, code, position):
        assert refusal_of(text) == (code, position)

    @given(st.text() | st.text("()^\\0123456789A", max_size=40).map("(01)09520000100018{}".format))
    def test_refuses_any_other_text_at_a_place_in_it(self, text):
        try:
            from_element_string(text)
        except DigitalLinkError as error:
            assert 0 <= error.position <= len(text)  # noqa: PT017 - some of the texts are element strings


class TestToElementString:
    @pytest.mark.parametrize(
        ("path", "bracketed", "separated"),
        [
            (
                "/01/09520000100018/10/LOT7/21/S-42?17=270131",
                "(01)09520000100018(10)LOT7(21)S-42(17)270131",
                "^010952000010001810LOT7^21S-42^17270131",
            ),
            (
                "/shop/01/09520000100018/21/a%28b%29?linkType=all",
                r"(01)09520000100018(21)a\(b)",
                "^010952000010001821a(b)",
            ),
            (
                "/00/395200001000000019?37=12&02=09520000100018",
                "(00)395200001000000019(37)12(02)09520000100018",
                "^003952000010000000193712^0209520000100018",
            ),
        ],
    )
    def test_writes_both_forms(self, path, bracketed, separated):
        link = parse_uri(HOST + path)
        assert to_element_string(link, bracketed=True) == bracketed
        assert to_element_string(link, bracketed=False) == separated

    @given(elements(), st.booleans())
    def test_is_read_back(self, built, bracketed):
        path, attributes = built
        link = from_element_string("".join(f"({ai}){escaped(value)}" for ai, value in path + attributes))
        assert link.ais == path
        assert from_element_string(to_element_string(link, bracketed=bracketed)) == link


def escaped(value):
    return value.replace("(", r"\(")
