import xml.etree.ElementTree as ET

from loadtests.picture import Bar, draw

BARS = [Bar("bare", 70_000, 1.0), Bar("ours <fast>", 56_000, 0.8, target=0.65)]
SVG = "{http://www.w3.org/2000/svg}"


class TestDraw:
    def test_it_is_well_formed_and_says_every_rate(self) -> None:
        root = ET.fromstring(draw(BARS, "Title", "note"))
        texts = [text.text for text in root.iter(f"{SVG}text")]
        assert texts == ["Title", "note", "bare", "70,000/s · 1.00", "ours <fast>", "56,000/s · 0.80"]

    def test_bars_are_as_long_as_their_ratios(self) -> None:
        root = ET.fromstring(draw(BARS, "Title", "note"))
        bare, ours = (float(rect.get("width", 0)) for rect in root.iter(f"{SVG}rect"))
        assert round(ours / bare, 2) == 0.8

    def test_a_target_is_a_line_across_our_bar(self) -> None:
        root = ET.fromstring(draw(BARS, "Title", "note"))
        assert len([*root.iter(f"{SVG}line")]) == 1

    def test_a_dark_page_has_colours_of_its_own(self) -> None:
        assert "prefers-color-scheme: dark" in draw(BARS, "Title", "note")
