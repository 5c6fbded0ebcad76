"""Drawings as pixels: PNG and TIFF, with the density at which they are meant to be printed."""

from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from product_platform.products.service.codes.drawing import Drawing
from product_platform.products.service.codes.lettering import font_bytes

PRINT_DPI = 600
MM_PER_INCH = 25.4


def pixels_of(module_mm: float) -> int:
    """Return how many pixels a module is wide at the density of print, one at least."""
    return max(1, round(module_mm * PRINT_DPI / MM_PER_INCH))


def draw(drawing: Drawing, scale: int) -> Image.Image:
    """Return the drawing in black and white, a module *scale* pixels wide."""
    image = Image.new("1", (round(drawing.width * scale), round(drawing.height * scale)), 1)
    canvas = ImageDraw.Draw(image)
    canvas.fontmode = "1"
    for x, y, width, height in drawing.rectangles:
        left, top = round(x * scale), round(y * scale)
        right, bottom = round((x + width) * scale) - 1, round((y + height) * scale) - 1
        canvas.rectangle((left, top, right, bottom), fill=0)
    for text in drawing.texts:
        font = ImageFont.truetype(BytesIO(font_bytes()), max(1, round(text.size * scale)))
        canvas.text((text.x * scale, text.y * scale), text.content, fill=0, font=font, anchor="ms")
    return image


def to_png(image: Image.Image, *, dpi: float) -> bytes:
    """Return the image as PNG."""
    file = BytesIO()
    image.save(file, "PNG", dpi=(dpi, dpi), optimize=True)
    return file.getvalue()


def to_tiff(image: Image.Image, *, dpi: float) -> bytes:
    """Return the image as TIFF, as facsimile machines compress it."""
    file = BytesIO()
    image.save(file, "TIFF", dpi=(dpi, dpi), compression="group4")
    return file.getvalue()
