import pytest

from product_platform.products.service import parse_digital_link

GTIN = "09520000100018"


class TestParseDigitalLink:
    @pytest.mark.parametrize(
        ("path", "raw_ais"),
        [
            (f"/01/{GTIN[1:]}", {"01": GTIN}),
            (f"/shop/01/{GTIN}/21/A%2FB/10/L/", {"01": GTIN, "10": "L", "21": "A/B"}),
            (f"/01/{GTIN}/10/L/17/271231", {"01": GTIN, "10": "L", "17": "271231"}),
            (f"/01/{GTIN}?21=S#top", {"01": GTIN}),
            ("/414/9520000100117/254/DOCK", {"414": "9520000100117", "254": "DOCK"}),
        ],
    )
    def test_reads_whatever_can_be_understood(self, path: str, raw_ais: dict[str, str]) -> None:
        parsed = parse_digital_link(f"https://id.example.test{path}")
        assert parsed.is_valid
        assert parsed.raw_ais == raw_ais
        said = (parsed.gtin, parsed.lot, parsed.expiry, parsed.serial)
        assert said == tuple(raw_ais.get(ai) for ai in ("01", "10", "17", "21"))

    @pytest.mark.parametrize(
        "url",
        ["x", "/01/09520000100018", "https://x.test/01/09520000100019", "https://x.test/01/1\ud800", "\0"],
        ids=ascii,
    )
    def test_what_is_no_digital_link_is_not_valid(self, url: str) -> None:
        parsed = parse_digital_link(url)
        assert not parsed.is_valid
        assert parsed.raw_ais == {}
