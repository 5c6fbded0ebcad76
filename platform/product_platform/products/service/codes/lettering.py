"""The text below a barcode as outlines, so that whoever opens the image needs no font.

The letters are Aileron's, by Sora Sagano (CC0 1.0), which Pillow brings along.
"""

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from typing import Any, NamedTuple, TypeAlias

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont
from PIL import ImageFont

from product_platform.products.service.codes.drawing import Text

Point: TypeAlias = tuple[float, float]

_FALLBACK = "?"


class Stroke(NamedTuple):
    """One step of an outline: `M` moves, `L` draws a line, `C` a cubic curve, `Z` closes."""

    kind: str
    points: tuple[Point, ...] = ()


@cache
def font_bytes() -> bytes:
    """Return the font file."""
    font: Any = ImageFont.load_default(10)
    data: bytes = font.font_bytes
    return data


def outline(text: Text) -> Iterator[Stroke]:
    """Yield the outlines of a line of text; where they overlap the paper shows (even-odd rule)."""
    scale = text.size / _units_per_em()
    x = text.x - _width(text.content) * scale / 2
    for character in text.content:
        strokes, advance = _glyph(character)
        for kind, points in strokes:
            yield Stroke(kind, tuple((x + px * scale, text.y - py * scale) for px, py in points))
        x += advance * scale


def _width(content: str) -> float:
    return sum(_glyph(character)[1] for character in content)


@cache
def _font() -> TTFont:
    return TTFont(BytesIO(font_bytes()))


def _units_per_em() -> int:
    units: int = _font()["head"].unitsPerEm
    return units


@cache
def _glyph(character: str) -> tuple[tuple[Stroke, ...], float]:
    """Return the outlines of a character, in units of the font, and how far the next one is."""
    names, glyphs = _font().getBestCmap(), _font().getGlyphSet()
    glyph = glyphs[names.get(ord(character), names[ord(_FALLBACK)])]
    pen = _Pen(glyphs)
    glyph.draw(pen)
    return tuple(pen.strokes), glyph.width


class _Pen(BasePen):  # type: ignore[misc]  # the package has no types
    """Notes the outlines of a character, all curves as cubic ones."""

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self.strokes: list[Stroke] = []

    def _moveTo(self, point: Point) -> None:  # noqa: N802 - the package names the methods
        self.strokes.append(Stroke("M", (point,)))

    def _lineTo(self, point: Point) -> None:  # noqa: N802
        self.strokes.append(Stroke("L", (point,)))

    def _curveToOne(self, first: Point, second: Point, end: Point) -> None:  # noqa: N802
        self.strokes.append(Stroke("C", (first, second, end)))

    def _closePath(self) -> None:  # noqa: N802
        self.strokes.append(Stroke("Z"))
