"""The style keeps its promises to readers: contrast (WCAG 2.2 AA), both themes, calm, paper."""

import re
from importlib.resources import files

import pytest

STYLE = files("resolver.pages").joinpath("page.css").read_text(encoding="utf-8")
THEMES = ("light", "dark")

TEXT_ON_GROUND = [
    ("ink", "paper"),
    ("ink", "surface"),
    ("quiet", "paper"),
    ("quiet", "surface"),
    ("alarm", "paper"),
    ("on-alarm", "alarm"),
    ("on-sign", "sign"),
    ("on-sign-quiet", "sign"),
    ("on-mark", "mark"),
]
SHAPE_ON_GROUND = [
    ("focus", "paper"),
    ("focus", "surface"),
    ("post", "paper"),
    ("post", "surface"),
    ("alarm", "surface"),
    ("paper", "ink"),
]


def colours(theme: str) -> dict[str, str]:
    light, *dark = re.findall(r":root \{(.*?)\}", STYLE.partition("@media print")[0], flags=re.DOTALL)
    rules = light if theme == "light" else light + "".join(dark)
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", rules))


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(first: str, second: str) -> float:
    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


class TestStyle:
    @pytest.mark.parametrize("theme", THEMES)
    @pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
    def test_text_can_be_read(self, theme: str, text: str, ground: str) -> None:
        palette = colours(theme)

        assert contrast(palette[text], palette[ground]) >= 4.5

    @pytest.mark.parametrize("theme", THEMES)
    @pytest.mark.parametrize(("shape", "ground"), SHAPE_ON_GROUND)
    def test_shapes_that_mean_something_can_be_seen(self, theme: str, shape: str, ground: str) -> None:
        palette = colours(theme)

        assert contrast(palette[shape], palette[ground]) >= 3

    def test_every_colour_is_named_once(self) -> None:
        outside = re.sub(r"--[a-z-]+: #[0-9a-f]{6};", "", STYLE)

        # The ground of pictures is white in both themes: most are cut out on white.
        assert set(re.findall(r"#[0-9a-f]{3,8}\b", outside)) <= {"#ffffff", "#14191b", "#52605f"}

    def test_asks_the_network_for_nothing(self) -> None:
        assert "url(" not in STYLE
        assert "@import" not in STYLE

    @pytest.mark.parametrize(
        "query",
        ["prefers-color-scheme: dark", "prefers-reduced-motion: reduce", "forced-colors: active", "print"],
    )
    def test_answers_the_wishes_of_the_reader(self, query: str) -> None:
        assert f"@media ({query})" in STYLE or f"@media {query} " in STYLE

    def test_shows_where_the_keyboard_is(self) -> None:
        assert ":focus-visible" in STYLE
        assert "outline: none" not in STYLE
