"""QR codes of Digital Link URIs: the same bytes for the same request, on every host and day."""

import struct
import zlib
from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby

import segno

from product_platform.products.errors import CodeTooSmallError
from product_platform.products.schemas import CodeFormat, QrIn
from rules_compiler.gs1 import slice_key

# ISO/IEC 18004 asks for four light modules on every side.
QUIET_MODULES = 4
# GS1 asks for level M at least. segno raises it where that costs no larger symbol.
ERROR_LEVEL = "m"
# A raster is drawn at this density when the size of a module is given in millimetres.
PRINT_DPI = 600
MM_PER_INCH = 25.4

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BIT_DEPTH = 1
_GRAYSCALE = 0
_METRE = 1


def to_uri(root: str, body: QrIn) -> str:
    """Return the Digital Link URI, under *root*, of what the code is for; the expiry goes to the query."""
    ais = [("01", body.gtin), ("10", body.lot), ("21", body.serial)]
    path = slice_key([(ai, value) for ai, value in ais if value is not None])
    return f"{root}/{path}" + (f"?17={body.expiry}" if body.expiry else "")


@lru_cache(maxsize=256)
def render_qr(text: str, image_format: CodeFormat, *, size_px: int, xdim_mm: float | None = None) -> bytes:
    """Return the QR code of *text* as an image, quiet zone included.

    A PNG measures *size_px* to the pixel: a module is a whole number of pixels, and what is left
    over widens the quiet zone. *xdim_mm*, the printed width of one module, overrules *size_px*.
    """
    symbol = segno.make(text, error=ERROR_LEVEL, micro=False)
    width = _width(symbol)
    if image_format is CodeFormat.SVG:
        return _to_svg(symbol, f"{size_px}" if xdim_mm is None else f"{width * xdim_mm:g}mm")
    if xdim_mm is None:
        if size_px < width:
            raise CodeTooSmallError(size_px, width)
        return _to_png(symbol, size_px // width, size_px)
    scale = max(1, round(xdim_mm * PRINT_DPI / MM_PER_INCH))
    return _to_png(symbol, scale, scale * width, pixels_per_metre=round(scale * 1000 / xdim_mm))


def _width(symbol: segno.QRCode) -> int:
    """Return the modules of one side, quiet zone included."""
    return int(symbol.symbol_size(border=QUIET_MODULES)[0])


def _to_svg(symbol: segno.QRCode, side: str) -> bytes:
    width = _width(symbol)
    path = "".join(
        f"M{x} {y}h{length}v1h-{length}z"
        for y, row in enumerate(symbol.matrix_iter(border=QUIET_MODULES))
        for x, length in _dark_runs(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}"'
        f' viewBox="0 0 {width} {width}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{width}v{width}H0z"/><path d="{path}"/></svg>\n'
    ).encode()


def _dark_runs(row: Iterable[int]) -> Iterable[tuple[int, int]]:
    """Yield start and length of every run of dark modules."""
    x = 0
    for is_dark, run in groupby(row):
        length = len(list(run))
        if is_dark:
            yield x, length
        x += length


def _to_png(symbol: segno.QRCode, scale: int, side: int, *, pixels_per_metre: int | None = None) -> bytes:
    """Write the symbol in the middle of a white square of *side* pixels, one bit a pixel."""
    inner = scale * _width(symbol)
    before = (side - inner) // 2
    lines = [_pack([0] * side)] * side
    for y, row in enumerate(symbol.matrix_iter(scale=scale, border=QUIET_MODULES), start=before):
        lines[y] = _pack([*[0] * before, *row, *[0] * (side - before - inner)])
    header = struct.pack(">IIBBBBB", side, side, _BIT_DEPTH, _GRAYSCALE, 0, 0, 0)
    chunks = [_chunk(b"IHDR", header)]
    if pixels_per_metre is not None:
        chunks.append(_chunk(b"pHYs", struct.pack(">IIB", pixels_per_metre, pixels_per_metre, _METRE)))
    chunks += [_chunk(b"IDAT", zlib.compress(b"".join(lines), 9)), _chunk(b"IEND", b"")]
    return b"".join([_PNG_SIGNATURE, *chunks])


def _pack(row: list[int]) -> bytes:
    """Return one line of a PNG, unfiltered; dark modules are 1 in *row* and 0 on the wire."""
    padding = -len(row) % 8
    bits = "".join("01"[not is_dark] for is_dark in row) + "1" * padding
    return b"\x00" + int(bits, 2).to_bytes((len(row) + padding) // 8, "big")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
