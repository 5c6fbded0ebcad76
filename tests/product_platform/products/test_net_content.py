from decimal import Decimal

import pytest

from product_platform.products.service.net_content import parse_net_content


class TestParseNetContent:
    @pytest.mark.parametrize(
        ("text", "amount", "unit"),
        [
            ("1L", "1", "LTR"),
            (" 330 ml e", "330", "MLT"),
            ("1,5 l", "1.5", "LTR"),
            ("0.75 kg", "0.75", "KGM"),
            ("1,000 ml", "1000", "MLT"),
            ("1.000,5 g", "1000.5", "GRM"),
            ("1,234.5 g", "1234.5", "GRM"),
            ("12 lb", "12", "LBR"),
            ("70 CL", "70", "CLT"),
            ("16 oz", "16", "ONZ"),
            ("2 gal", "2", "GLL"),
            ("30 ct", "30", "EA"),
            (".5 pt", "0.5", "PTI"),
        ],
    )
    def test_reads_amount_and_unit(self, text: str, amount: str, unit: str) -> None:
        assert parse_net_content(text) == (Decimal(amount), unit)

    @pytest.mark.parametrize(
        "text",
        ["", "12 x 330ml", "330 ml x 6", "330ml \u00d7 6", "a litre", "1 lbs", ".", ",,l", "5 mile"],
    )
    def test_what_is_not_one_amount_is_none(self, text: str) -> None:
        assert parse_net_content(text) is None
