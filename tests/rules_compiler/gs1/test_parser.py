import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from rules_compiler.gs1 import EDGE, STRICT, DigitalLinkError, parse_path, parse_uri
from rules_compiler.gs1.parser import parse_plain_gtin
from rules_compiler.gs1.paths import read_path

GTIN = "09520000100018"
GLN = "9520000100117"
SSCC = "395200001000000019"
HOST = "https://brand.example.org"
LENIENT = replace(EDGE, any_order=True, attributes_in_path=True)

LINKS = yaml.safe_load(Path(__file__).with_name("links.yaml").read_text("utf-8"))


def spelled(text):
    return text.replace("{G}", GTIN).replace("{L}", GLN).replace("{S}", SSCC)


def elements_of(text):
    return tuple(tuple(pair.split("=", 1)) for pair in spelled(text).split())


def path_and_query(text):
    path, _, query = text.partition("#")[0].partition("?")
    return path.encode(), query.encode()


def refusal_of(text, options=STRICT):
    with pytest.raises(DigitalLinkError) as caught:
        parse_path(*path_and_query(text), options)
    return caught.value


class TestParseUri:
    @pytest.mark.parametrize("case", LINKS["accepted"], ids=lambda case: case["link"])
    def test_accepts(self, case):
        link = parse_uri(HOST + spelled(case["link"]))
        assert link.elements == elements_of(case["elements"])

    @pytest.mark.parametrize("case", LINKS["refused"], ids=lambda case: case["link"])
    def test_refuses_with_code_and_place(self, case):
        uri = HOST + spelled(case["link"])
        with pytest.raises(DigitalLinkError) as caught:
            parse_uri(uri)
        assert caught.value.code == case["code"]
        assert uri[caught.value.position :] == spelled(case["at"])
        assert re.fullmatch(r"[^\x00-\x1f]+[.]", caught.value.message)

    @pytest.mark.parametrize("scheme", ["http", "https", "HTTP", "Https"])
    def test_takes_web_schemes_in_any_case(self, scheme):
        assert parse_uri(f"{scheme}://id.example.org/01/{GTIN}").key_ai == "01"

    @pytest.mark.parametrize(
        "text", ["", f"/01/{GTIN}", f"ftp://h/01/{GTIN}", f"id.example.org/01/{GTIN}", "https:"]
    )
    def test_refuses_other_schemes(self, text):
        with pytest.raises(DigitalLinkError) as caught:
            parse_uri(text)
        assert (caught.value.code, caught.value.position) == ("scheme", 0)

    @pytest.mark.parametrize("host", ["a", "id.example.org:8000", "192.0.2.1", "xn--bcher-kva.example"])
    def test_takes_any_host(self, host):
        assert parse_uri(f"https://{host}/01/{GTIN}").ais == (("01", GTIN),)

    @pytest.mark.parametrize(
        "host", ["", "user@h", "under_score.org", "[::1]", "bücher.example", "h:", "h:port", "h:1\n"]
    )
    def test_refuses_other_hosts(self, host):
        with pytest.raises(DigitalLinkError) as caught:
            parse_uri(f"https://{host}/01/{GTIN}")
        assert (caught.value.code, caught.value.position) == ("authority", 8)

    def test_a_host_alone_has_no_key(self):
        with pytest.raises(DigitalLinkError) as caught:
            parse_uri("https://id.example.org?01=1")
        assert (caught.value.code, caught.value.position) == ("no_primary_key", 22)

    def test_refuses_foreign_characters_in_a_fragment(self):
        with pytest.raises(DigitalLinkError) as caught:
            parse_uri(f"{HOST}/01/{GTIN}#a b")
        assert caught.value.code == "bad_character"


class TestParsePath:
    def test_tells_stem_query_and_extensions(self):
        link = parse_path(f"/shop/01/{GTIN}".encode(), b"linkType=gs1%3Apip&a=1+2&99=X&a=%C3%A9&v")
        assert link.stem == "/shop"
        assert link.raw_query == b"linkType=gs1%3Apip&a=1+2&99=X&a=%C3%A9&v"
        assert link.extensions == (("linkType", "gs1:pip"), ("a", "1 2"), ("a", "é"))
        assert link.attributes == (("99", "X"),)

    def test_tolerates_any_bytes_in_extensions(self):
        link = parse_path(f"/01/{GTIN}".encode(), b"a={x}|\xff&%zz=%zz&=")
        assert link.extensions == (("a", "{x}|�"), ("%zz", "%zz"), ("", ""))

    def test_counts_positions_through_path_and_query(self):
        text = f"/01/{GTIN}/10/A?utm=1&17=270132"
        assert text[refusal_of(text).position :] == "17=270132"

    def test_a_path_starts_with_a_slash(self):
        assert refusal_of(f"01/{GTIN}").code == "no_primary_key"
        assert refusal_of(f"x/01/{GTIN}").code == "no_primary_key"

    def test_a_message_shows_text_as_it_was_meant(self):
        assert "'café'" in refusal_of(f"/01/{GTIN}/10/café").message


class TestEdgeOptions:
    @pytest.mark.parametrize(
        ("short", "padded"),
        [
            ("9520000100018", GTIN),
            ("012345678905", "00012345678905"),
            ("96385074", "00000096385074"),
        ],
    )
    def test_pads_short_gtins(self, short, padded):
        assert parse_path(f"/01/{short}/10/A".encode(), options=EDGE).slice_key == f"01/{padded}/10/A"

    @pytest.mark.parametrize("digits", ["952000010002", "123456789", "0095200001000180"])
    def test_refuses_gtins_of_other_lengths_or_sums(self, digits):
        assert refusal_of(f"/01/{digits}", EDGE).code in {"check_digit", "too_short", "too_long"}

    def test_tolerates_one_trailing_slash(self):
        assert parse_path(f"/01/{GTIN}/".encode(), options=EDGE).ais == (("01", GTIN),)
        assert refusal_of(f"/01/{GTIN}//", EDGE).code == "dangling_segment"

    def test_an_empty_value_is_no_trailing_slash(self):
        assert refusal_of(f"/01/{GTIN}/10/", EDGE).code == "empty_value"

    def test_refuses_a_stem(self):
        assert refusal_of(f"/shop/01/{GTIN}", EDGE).code == "no_primary_key"
        assert refusal_of(f"/00/{SSCC}/01/{GTIN}", EDGE).code == "no_primary_key"

    @pytest.mark.parametrize("case", LINKS["refused"], ids=lambda case: case["link"])
    def test_is_otherwise_as_strict(self, case):
        strict_only = {"/01/{G}/", "/01/9520000100018", "/01/{G}?utm=a|b"}
        if case["link"] not in strict_only:
            assert refusal_of(spelled(case["link"]), EDGE).code


class TestLenientOptions:
    def test_puts_qualifiers_in_order(self):
        link = parse_path(f"/01/{GTIN}/21/S/10/L/22/V".encode(), options=LENIENT)
        assert link.slice_key == f"01/{GTIN}/22/V/10/L/21/S"

    def test_takes_attributes_in_the_path(self):
        link = parse_path(f"/01/{GTIN}/17/270131/10/L".encode(), b"3103=000750", LENIENT)
        assert link.slice_key == f"01/{GTIN}/10/L"
        assert link.attributes == (("17", "270131"), ("3103", "000750"))

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            (f"/01/{GTIN}/8200/x", "not_a_qualifier"),
            (f"/01/{GTIN}/17/270131/17/270131", "duplicate_ai"),
            (f"/01/{GTIN}/17/270131?17=270131", "duplicate_ai"),
            (f"/01/{GTIN}/17/270132", "bad_date"),
            (f"/01/{GTIN}/3102/000001/3103/000001", "excluded_pair"),
            (f"/01/{GTIN}/3102/000001?3103=000001", "excluded_pair"),
            (f"/01/{GTIN}/10/L/235/T", "mixed_qualifiers"),
        ],
    )
    def test_still_refuses(self, text, code):
        assert refusal_of(text, LENIENT).code == code


class TestParsePlainGtin:
    @pytest.mark.parametrize(
        "path",
        [
            f"/01/{GTIN}",
            f"/01/{GTIN}/22/V",
            f"/01/{GTIN}/10/L_1",
            f"/01/{GTIN}/21/-",
            f"/01/{GTIN}/22/V/10/L.1/21/S",
        ],
    )
    def test_agrees_with_the_long_way(self, path):
        assert parse_plain_gtin(path.encode()) == read_path(path.encode(), STRICT)

    @pytest.mark.parametrize(
        "path",
        [
            "/01/09520000100019",
            f"/01/{GTIN}/10/a%20b",
            f"/01/{GTIN}/10/a+b",
            f"/01/{GTIN}/10/L\n",
            f"/01/{GTIN}/10/é",
            "/01/٠٩٥٢٠٠٠٠١٠٠٠١٨",
            f"/x/01/{GTIN}",
        ],
    )
    def test_leaves_the_rest_to_the_long_way(self, path):
        assert parse_plain_gtin(path.encode()) is None
