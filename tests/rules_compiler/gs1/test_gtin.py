import pytest

from rules_compiler.gs1 import DigitalLinkError, check_digit, normalize_gtin


class TestCheckDigit:
    @pytest.mark.parametrize(
        ("digits", "expected"),
        [
            ("0952000010001", "8"),
            ("952000010011", "7"),
            ("39520000100000001", "9"),
            ("9638507", "4"),
            ("0", "0"),
        ],
    )
    def test_completes_digits(self, digits, expected):
        assert check_digit(digits) == expected


class TestNormalizeGtin:
    @pytest.mark.parametrize(
        ("text", "gtin"),
        [
            ("96385074", "00000096385074"),
            ("012345678905", "00012345678905"),
            ("9520000100018", "09520000100018"),
            ("09520000100018", "09520000100018"),
        ],
    )
    def test_pads_to_fourteen_digits(self, text, gtin):
        assert normalize_gtin(text) == gtin

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", "empty_value"),
            ("952000010001X", "bad_character"),
            ("٩٥٢٠٠٠٠١٠٠٠١٨", "bad_character"),
            (" 9520000100018", "bad_character"),
            ("123456789", "too_short"),
            ("095200001000180", "too_long"),
            ("9520000100019", "check_digit"),
        ],
    )
    def test_refuses(self, text, code):
        with pytest.raises(DigitalLinkError) as caught:
            normalize_gtin(text)
        assert caught.value.code == code

    def test_names_the_right_check_digit(self):
        with pytest.raises(DigitalLinkError, match="its check digit is 8"):
            normalize_gtin("9520000100019")
