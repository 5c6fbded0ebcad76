import pytest

from rules_compiler.gs1 import encode_value, levels, slice_key

VALUES = {"01": "09520000100018", "8006": "095200001000180103", "414": "9520000100117"}


def ais_of(names):
    return tuple((name, VALUES.get(name, "X")) for name in names.split())


class TestLevels:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("01", ["01"]),
            ("01 10", ["01 10", "01"]),
            ("01 22", ["01 22", "01"]),
            ("01 21", ["01 21", "01"]),
            ("01 235", ["01 235", "01"]),
            ("01 22 10", ["01 22 10", "01 10", "01 22", "01"]),
            ("01 10 21", ["01 21", "01 10", "01"]),
            ("01 22 21", ["01 21", "01 22", "01"]),
            ("01 22 10 21", ["01 21", "01 22 10", "01 10", "01 22", "01"]),
            ("8006 22 10 21", ["8006 21", "8006 22 10", "8006 10", "8006 22", "8006"]),
            ("414 254", ["414 254", "414"]),
            ("414 7040", ["414 7040", "414"]),
            ("415 8020", ["415 8020", "415"]),
            ("8010 8011", ["8010 8011", "8010"]),
            ("8018 8019", ["8018 8019", "8018"]),
            ("00", ["00"]),
        ],
    )
    def test_walks_up_from_the_narrowest(self, query, expected):
        assert levels(ais_of(query)) == tuple(map(ais_of, expected))


class TestSliceKey:
    def test_is_the_canonical_path(self):
        assert slice_key((("01", "09520000100018"), ("10", "A/B"))) == "01/09520000100018/10/A%2FB"


class TestEncodeValue:
    @pytest.mark.parametrize(
        ("value", "encoded"),
        [
            ("Az09-._~", "Az09-._~"),
            ('"', "%22"),
            ("/", "%2F"),
            ("%", "%25"),
            ("+", "%2B"),
            ("a:b", "a%3Ab"),
        ],
    )
    def test_keeps_unreserved_characters_only(self, value, encoded):
        assert encode_value(value) == encoded
