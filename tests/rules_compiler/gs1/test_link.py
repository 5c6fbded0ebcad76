from rules_compiler.gs1 import parse_uri

GTIN = "09520000100018"


class TestCanonicalUri:
    def test_drops_host_stem_extensions_and_fragment_and_sorts_attributes(self):
        uri = f"http://Brand.example.org/x/01/{GTIN}/10/LOT7?linkType=gs1:pip&3103=000750&17=270131#top"
        assert parse_uri(uri).canonical_uri == f"https://id.gs1.org/01/{GTIN}/10/LOT7?17=270131&3103=000750"

    def test_encodes_as_little_as_may_be_in_capitals(self):
        uri = f"https://h/01/{GTIN}/21/a+%2f%2D?240=%2b"
        assert parse_uri(uri).canonical_uri == f"https://id.gs1.org/01/{GTIN}/21/a%2B%2F-?240=%2B"

    def test_keeps_the_case_of_values(self):
        assert parse_uri(f"https://h/01/{GTIN}/10/abc").canonical_uri.endswith("/10/abc")


class TestGet:
    def test_finds_values_in_path_and_query(self):
        link = parse_uri(f"https://h/01/{GTIN}/10/LOT7?17=270131")
        assert (link.get("01"), link.get("10"), link.get("17"), link.get("21")) == (
            GTIN,
            "LOT7",
            "270131",
            None,
        )


class TestKeyAi:
    def test_names_the_primary_key(self):
        assert parse_uri("https://h/414/9520000100117/254/X").key_ai == "414"
