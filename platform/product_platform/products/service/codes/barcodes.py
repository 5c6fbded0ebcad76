"""Linear barcodes of products, with the numbers below them."""

from dataclasses import dataclass
from functools import lru_cache

import zxingcpp

from product_platform.products.schemas.codes import CodeFormat
from product_platform.products.service.codes import raster, vector
from product_platform.products.service.codes.drawing import Drawing, Rectangle, Text, dark_runs
from product_platform.products.service.codes.modules import encode, encode_gs1
from product_platform.products.service.codes.symbologies import Carrier, Symbology

_FORMATS = zxingcpp.BarcodeFormat
_MM_PER_POINT = 25.4 / 72
# The guard bars of EAN and UPC reach as far down between the digits.
_GUARD_MODULES = 5
# GS1 asks for a bearer bar above and below ITF-14 that is printed by plates.
_BEARER_MODULES = 4
_TEXT_GAP = 1.5


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a symbology is encoded, and how its text is laid out.

    `groups` says which characters stand below which modules: first and last character, first and
    last module; a character that stands outside of the bars has its place there.
    """

    encoder: object
    identifier: str
    groups: tuple[tuple[int, int, float, float], ...] = ()


_KINDS = {
    Symbology.EAN_13: _Kind(_FORMATS.EAN13, "]E0", ((0, 1, -9, -2), (1, 7, 3, 46), (7, 13, 49, 92))),
    Symbology.EAN_8: _Kind(_FORMATS.EAN8, "]E4", ((0, 4, 3, 31), (4, 8, 36, 64))),
    Symbology.UPC_A: _Kind(
        _FORMATS.UPCA, "]E0", ((0, 1, -9, -2), (1, 6, 10, 46), (6, 11, 49, 85), (11, 12, 97, 104))
    ),
    Symbology.UPC_E: _Kind(_FORMATS.UPCE, "]E0", ((0, 1, -9, -2), (1, 7, 3, 45), (7, 8, 53, 60))),
    Symbology.ITF_14: _Kind(_FORMATS.ITF, "]I"),
    Symbology.CODE_128: _Kind(_FORMATS.Code128, "]C0"),
    Symbology.GS1_128: _Kind(_FORMATS.Code128, "]C1"),
    Symbology.CODE_39: _Kind(_FORMATS.Code39, "]A"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How large a barcode is printed; millimetres, but for the size of the text, which is in points."""

    module_width: float
    module_height: float
    quiet_zone: float
    font_size: float
    write_text: bool
    embed_font: bool


@lru_cache(maxsize=256)
def render_barcode(carrier: Carrier, layout: Layout, image_format: CodeFormat) -> bytes:
    """Return the barcode as an image: SVG, PNG (of about 600 dpi), EPS or PDF."""
    drawing = draw_barcode(carrier, layout)
    if image_format is CodeFormat.SVG:
        width, height = (
            f"{round(side * layout.module_width, 4):g}mm" for side in (drawing.width, drawing.height)
        )
        return vector.to_svg(drawing, width=width, height=height, embed_font=layout.embed_font)
    scale = vector.points(layout.module_width)
    if image_format is CodeFormat.PDF:
        return vector.to_pdf(drawing, scale=scale, embed_font=layout.embed_font)
    if image_format is CodeFormat.EPS:
        return vector.to_eps(drawing, scale=scale, embed_font=layout.embed_font)
    pixels = raster.pixels_of(layout.module_width)
    return raster.to_png(raster.draw(drawing, pixels), dpi=pixels * raster.MM_PER_INCH / layout.module_width)


def draw_barcode(carrier: Carrier, layout: Layout) -> Drawing:
    """Return the barcode, in modules."""
    kind = _KINDS[carrier.symbology]
    row = _encode(carrier, kind)
    quiet, height = (
        round(side / layout.module_width, 2) for side in (layout.quiet_zone, layout.module_height)
    )
    runs = list(dark_runs(row))
    bars = [Rectangle(quiet + x, 0, width, height) for x, width in runs]
    # Where there is room for them, digits stand between the guard bars and beside the symbol.
    is_grouped = layout.write_text and bool(kind.groups) and quiet >= -min(each[2] for each in kind.groups)
    if is_grouped:
        bars = [
            bar if _is_below_text(bar.x - quiet, kind) else bar._replace(height=height + _GUARD_MODULES)
            for bar in bars
        ]
    if carrier.symbology is Symbology.ITF_14:
        bars = [bar._replace(y=_BEARER_MODULES) for bar in bars]
        bearer = Rectangle(0, 0, len(row) + 2 * quiet, _BEARER_MODULES)
        bars += [bearer, bearer._replace(y=height + _BEARER_MODULES)]
    bottom = max(bar.y + bar.height for bar in bars)
    width = len(row) + 2 * quiet
    if not layout.write_text:
        return Drawing(width, bottom, bars)
    size = layout.font_size * _MM_PER_POINT / layout.module_width
    if not is_grouped:
        size = min(size, 1.5 * width / max(1, len(carrier.text)))
    line = (height if is_grouped else bottom) + _TEXT_GAP + 0.75 * size
    texts = (
        _group(carrier.text, kind, quiet, line, size)
        if is_grouped
        else [Text(carrier.text, width / 2, line, size)]
    )
    return Drawing(width, max(bottom, line + 0.25 * size), bars, texts)


def _encode(carrier: Carrier, kind: _Kind) -> list[int]:
    if carrier.symbology is Symbology.GS1_128:
        rows = encode_gs1(kind.encoder, dict(carrier.elements), identifier=kind.identifier)
    else:
        rows = encode(kind.encoder, carrier.content, identifier=kind.identifier)
    return rows[0]


def _is_below_text(x: float, kind: _Kind) -> bool:
    """Tell whether a digit stands below the bar, so that it ends above it."""
    return any(first <= x < last for _, _, first, last in kind.groups if first >= 0)


def _group(text: str, kind: _Kind, quiet: float, line: float, size: float) -> list[Text]:
    widest = min((last - first) / (end - start) for start, end, first, last in kind.groups)
    size = min(size, widest / 0.6)
    return [
        Text(character, quiet + first + (last - first) * (number + 0.5) / (end - start), line, size)
        for start, end, first, last in kind.groups
        for number, character in enumerate(text[start:end])
    ]
