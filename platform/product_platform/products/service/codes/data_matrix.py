"""GS1 DataMatrix: the element string of a lot or a serial in a square, for direct marking and health care."""

from functools import lru_cache

import zxingcpp

from product_platform.products.schemas.codes import CodeFormat, DataMatrixIn, QrContent
from product_platform.products.schemas.fields import GtinDigits
from product_platform.products.service.codes import raster, vector
from product_platform.products.service.codes.drawing import Drawing, draw_matrix
from product_platform.products.service.codes.modules import encode_gs1

# ISO/IEC 16022 asks for one light module on every side; two are found more easily.
QUIET_MODULES = 2
# In the middle of the range that the GS1 General Specifications give for general distribution.
MODULE_MM = 0.5
_IDENTIFIER = "]d2"


def to_elements(gtin: GtinDigits, content: QrContent | DataMatrixIn) -> tuple[tuple[str, str], ...]:
    """Return the application identifiers of a lot or serial, fixed lengths first: they need no end."""
    ais = (("01", gtin), ("17", content.expiry), ("10", content.lot), ("21", content.serial))
    return tuple((ai, value) for ai, value in ais if value is not None)


@lru_cache(maxsize=256)
def render_data_matrix(elements: tuple[tuple[str, str], ...], image_format: CodeFormat) -> bytes:
    """Return the GS1 DataMatrix of application identifiers and their values as an image.

    *image_format* is SVG, PNG (of 600 dpi) or PDF.
    """
    drawing = draw_data_matrix(elements)
    if image_format is CodeFormat.SVG:
        side = f"{drawing.width * MODULE_MM:g}mm"
        return vector.to_svg(drawing, width=side, height=f"{drawing.height * MODULE_MM:g}mm")
    if image_format is CodeFormat.PDF:
        return vector.to_pdf(drawing, scale=vector.points(MODULE_MM))
    return raster.to_png(raster.draw(drawing, raster.pixels_of(MODULE_MM)), dpi=raster.PRINT_DPI)


def draw_data_matrix(elements: tuple[tuple[str, str], ...]) -> Drawing:
    """Return the GS1 DataMatrix, in modules, with its quiet zone."""
    rows = encode_gs1(zxingcpp.BarcodeFormat.DataMatrix, dict(elements), identifier=_IDENTIFIER)
    width, height = len(rows[0]) + 2 * QUIET_MODULES, len(rows) + 2 * QUIET_MODULES
    margin = [0] * QUIET_MODULES
    padded = [[0] * width] * QUIET_MODULES + [[*margin, *row, *margin] for row in rows]
    return draw_matrix(padded, width=width, height=height)
