"""QR codes of Digital Link URIs."""

from functools import lru_cache

import segno
from PIL import Image

from product_platform.products.errors import CodeTooSmallError
from product_platform.products.schemas.codes import CodeFormat, QrContent, QrIn
from product_platform.products.schemas.fields import GtinDigits
from product_platform.products.service.codes import raster, vector
from product_platform.products.service.codes.drawing import Drawing, draw_matrix
from rules_compiler.gs1 import slice_key

# ISO/IEC 18004 asks for four light modules on every side.
QUIET_MODULES = 4
# GS1 asks for level M at least. segno raises it where that costs no larger symbol.
ERROR_LEVEL = "m"
# Without a size in millimetres nothing is known of the paper: a pixel is then a point.
_SCREEN_DPI = 72


def to_uri(root: str, gtin: GtinDigits, content: QrContent | QrIn) -> str:
    """Return the Digital Link URI, under *root*, of what the code is for; the expiry goes to the query."""
    ais = [("01", gtin), ("10", content.lot), ("21", content.serial)]
    path = slice_key([(ai, value) for ai, value in ais if value is not None])
    return f"{root}/{path}" + (f"?17={content.expiry}" if content.expiry else "")


@lru_cache(maxsize=256)
def render_qr(
    text: str, image_format: CodeFormat, *, size_px: int, xdim_mm: float | None = None, cmyk: bool = False
) -> bytes:
    """Return the QR code of *text* as an image, quiet zone included.

    A PNG or TIFF measures *size_px* to the pixel: a module is a whole number of pixels, and what is
    left over widens the quiet zone; of PDF and EPS *size_px* is in points. *xdim_mm*, the printed
    width of one module, overrules *size_px*. Raises CodeTooSmallError when there are fewer pixels
    than modules.
    """
    drawing = draw_qr(text)
    if image_format is CodeFormat.SVG:
        side = f"{size_px}" if xdim_mm is None else f"{drawing.width * xdim_mm:g}mm"
        return vector.to_svg(drawing, width=side, height=side)
    scale = size_px / drawing.width if xdim_mm is None else vector.points(xdim_mm)
    if image_format is CodeFormat.PDF:
        return vector.to_pdf(drawing, scale=scale)
    if image_format is CodeFormat.EPS:
        return vector.to_eps(drawing, scale=scale, cmyk=cmyk)
    image, dpi = _rasterize(drawing, size_px, xdim_mm)
    write = raster.to_png if image_format is CodeFormat.PNG else raster.to_tiff
    return write(image, dpi=dpi)


def draw_qr(text: str) -> Drawing:
    """Return the QR code, in modules, with its quiet zone."""
    symbol = segno.make(text, error=ERROR_LEVEL, micro=False)
    width, height = symbol.symbol_size(border=QUIET_MODULES)
    return draw_matrix(symbol.matrix_iter(border=QUIET_MODULES), width=int(width), height=int(height))


def _rasterize(drawing: Drawing, size_px: int, xdim_mm: float | None) -> tuple[Image.Image, float]:
    """Return the pixels and how many of them make an inch."""
    if xdim_mm is not None:
        scale = raster.pixels_of(xdim_mm)
        return raster.draw(drawing, scale), scale * raster.MM_PER_INCH / xdim_mm
    if size_px < drawing.width:
        raise CodeTooSmallError(size_px, int(drawing.width))
    image = raster.draw(drawing, int(size_px // drawing.width))
    before = (size_px - image.width) // 2
    square = Image.new("1", (size_px, size_px), 1)
    square.paste(image, (before, before))
    return square, _SCREEN_DPI
