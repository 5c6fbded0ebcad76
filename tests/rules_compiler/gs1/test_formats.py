import pytest

from rules_compiler.gs1 import IDENTIFIERS, DigitalLinkError, check_value
from rules_compiler.gs1.formats import format_of


def code_of(ai, value):
    try:
        check_value(ai, value)
    except DigitalLinkError as error:
        return error.code
    return None


class TestCheckValue:
    @pytest.mark.parametrize(
        ("ai", "value"),
        [
            ("00", "395200001000000019"),
            ("10", "!\"%&'()*+,-./:;<=>?"),
            ("11", "000229"),
            ("17", "270200"),
            ("253", "9520000100117"),
            ("3910", "9781"),
            ("421", "276A"),
            ("423", "276250056"),
            ("4300", "A%20B"),
            ("4307", "DE"),
            ("4309", "18000000003600000000"),
            ("4321", "1"),
            ("4324", "2701002359"),
            ("4330", "000100-"),
            ("7003", "2701312359"),
            ("7007", "270131270228"),
            ("7011", "2701310000"),
            ("7030", "999X"),
            ("7040", "1ABz"),
            ("7041", "201"),
            ("7041", "9"),
            ("7241", "80"),
            ("7250", "20000229"),
            ("7251", "200002292359"),
            ("7252", "9"),
            ("7258", "1/2"),
            ("8001", "12341234512391"),
            ("8007", "DE89370400440532013000"),
            ("8008", "27013123"),
            ("8008", "270131235959"),
            ("8011", "1"),
            ("8013", "9520000100MODEL1NL"),
            ("8014", "1987654Ad4X4bL5ttr2310c2K"),
            ("8030", "Ab-_"),
            ("8030", "AB="),
        ],
    )
    def test_accepts(self, ai, value):
        assert code_of(ai, value) is None

    @pytest.mark.parametrize(
        ("ai", "value", "code"),
        [
            ("00", "395200001000000018", "check_digit"),
            ("8003", "09520000100774", "check_digit"),
            ("8013", "9520000100MODEL1NM", "check_characters"),
            ("8013", "9520", "check_characters"),
            ("8014", "952000000843", "bad_character"),
            ("11", "010229", "bad_date"),
            ("11", "271301", "bad_date"),
            ("11", "270132", "bad_date"),
            ("7006", "270200", "bad_date"),
            ("7003", "2701312400", "bad_date"),
            ("7003", "2701312360", "bad_date"),
            ("7250", "19000229", "bad_date"),
            ("7250", "00000101", "bad_date"),
            ("8008", "2701312", "too_short"),
            ("8008", "270131235", "too_short"),
            ("8008", "27013124", "bad_date"),
            ("8008", "2701312360", "bad_date"),
            ("8008", "270131235960", "bad_date"),
            ("3910", "0001", "bad_code"),
            ("422", "999", "bad_code"),
            ("423", "276000", "bad_code"),
            ("4307", "XX", "bad_code"),
            ("4309", "18000000013600000000", "bad_code"),
            ("4309", "18000000003600000001", "bad_code"),
            ("4321", "2", "bad_code"),
            ("4330", "000100+", "bad_character"),
            ("7040", "1AB!", "bad_code"),
            ("7041", "99", "bad_code"),
            ("7241", "11", "bad_code"),
            ("7252", "3", "bad_code"),
            ("7258", "2/1", "bad_code"),
            ("7258", "0/1", "bad_code"),
            ("7258", "1-2", "bad_code"),
            ("8001", "00001234512391", "bad_code"),
            ("8001", "12341234512321", "bad_code"),
            ("8006", "095200001000180001", "bad_code"),
            ("8006", "095200001000180201", "bad_code"),
            ("8007", "DE88370400440532013000", "bad_code"),
            ("8007", "XX89370400440532013000", "bad_code"),
            ("8007", "DE8937040", "bad_code"),
            ("8011", "0", "bad_character"),
            ("8030", "A=B", "bad_character"),
            ("8030", "A=", "bad_character"),
            ("8030", "===", "bad_character"),
            ("4300", "A%2", "bad_escape"),
            ("401", "952A", "bad_character"),
            ("10", "", "too_short"),
            ("10", "a\n", "bad_character"),
            ("10", "\u0661", "bad_character"),
            ("30", "\u0661", "bad_character"),
            ("30", "123456789", "too_long"),
        ],
    )
    def test_refuses(self, ai, value, code):
        assert code_of(ai, value) == code


class TestFormatOf:
    def test_every_identifier_has_a_format(self):
        for ai in IDENTIFIERS:
            assert format_of(ai).longest >= format_of(ai).shortest > 0
