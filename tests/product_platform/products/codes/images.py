"""Images of codes turned into pixels and read by a scanner, whatever their format."""

import io
import re
import zlib

import zxingcpp
from PIL import Image, ImageDraw

SCALE = 6

_SVG_BAR = re.compile(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-")
_PDF_BAR = re.compile(r"^([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re$", re.MULTILINE)
_EPS_BAR = re.compile(r"^([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) rectfill$", re.MULTILINE)


def scan(image: Image.Image) -> list[tuple[str, str]]:
    """Return the symbology identifier and the text of every code in the image."""
    framed = Image.new("L", (image.width + 80, image.height + 80), 255)
    framed.paste(image.convert("L"), (40, 40))
    return [(code.symbology_identifier, code.text) for code in zxingcpp.read_barcodes(framed)]


def open_image(data: bytes, image_format: str) -> Image.Image:
    """Return the pixels of an image in any of our formats."""
    if image_format in {"png", "tif"}:
        image = Image.open(io.BytesIO(data))
        image.load()
        return image
    if image_format == "svg":
        return _draw(data.decode().rpartition('<path d="')[2], _SVG_BAR)
    if image_format == "pdf":
        return _draw(read_pdf(data), _PDF_BAR)
    # The first rectangle of an EPS is the paper.
    return _draw(data.decode("latin-1").partition("rectfill\n")[2], _EPS_BAR)


def read_pdf(data: bytes) -> str:
    """Return what is drawn on the first page."""
    assert data.startswith(b"%PDF-1.4")
    assert data.rstrip().endswith(b"%%EOF")
    return zlib.decompress(data.partition(b"stream\n")[2]).decode("latin-1")


def _draw(drawn: str, bar: re.Pattern[str]) -> Image.Image:
    bars = [tuple(map(float, match.groups())) for match in bar.finditer(drawn)]
    assert bars
    width = max(x + w for x, _, w, _ in bars) + 10
    height = max(y + h for _, y, _, h in bars) + 10
    image = Image.new("L", (round(width * SCALE), round(height * SCALE)), 255)
    draw = ImageDraw.Draw(image)
    for x, y, w, h in bars:
        box = (round(x * SCALE), round(y * SCALE), round((x + w) * SCALE) - 1, round((y + h) * SCALE) - 1)
        draw.rectangle(box, fill=0)
    return image
