"""Several codes in one drawing: beside each other on a label, or on a page of many."""

from collections.abc import Sequence

from product_platform.products.service.codes import vector
from product_platform.products.service.codes.barcodes import Layout, draw_barcode
from product_platform.products.service.codes.data_matrix import MODULE_MM, draw_data_matrix
from product_platform.products.service.codes.drawing import Drawing, Rectangle, Text
from product_platform.products.service.codes.qr import draw_qr
from product_platform.products.service.codes.symbologies import Carrier

# The width of a letter of Helvetica, more or less, for a size of 1.
_LETTER = 0.556


def combine_svg(uri: str, elements: tuple[tuple[str, str], ...], carrier: Carrier, layout: Layout) -> bytes:
    """Return an SVG with a QR code, a GS1 DataMatrix beside it, and a linear barcode below."""
    qr, matrix = _scale(draw_qr(uri), MODULE_MM), _scale(draw_data_matrix(elements), MODULE_MM)
    barcode = _scale(draw_barcode(carrier, layout), layout.module_width)
    below = max(qr.height, matrix.height)
    width, height = max(qr.width + matrix.width, barcode.width), below + barcode.height
    placed = [(qr, 0.0, 0.0), (matrix, qr.width, 0.0), (barcode, 0.0, below)]
    drawing = Drawing(
        width,
        height,
        [r._replace(x=r.x + x, y=r.y + y) for each, x, y in placed for r in each.rectangles],
        [t._replace(x=t.x + x, y=t.y + y) for each, x, y in placed for t in each.texts],
    )
    return vector.to_svg(drawing, width=f"{width:g}mm", height=f"{height:g}mm", embed_font=layout.embed_font)


def _scale(drawing: Drawing, module_mm: float) -> Drawing:
    """Return the drawing in millimetres."""
    return Drawing(
        drawing.width * module_mm,
        drawing.height * module_mm,
        [Rectangle(*(side * module_mm for side in r)) for r in drawing.rectangles],
        [Text(t.content, *(side * module_mm for side in t[1:])) for t in drawing.texts],
    )


def to_page_content(
    drawing: Drawing, words: Sequence[str], *, side: float, label: float, font_size: float
) -> str:
    """Return the operators that draw a square label on a page: a code *side* points wide, and lines below."""
    scale = side / drawing.width
    bars = "\n".join(f"{r.x:g} {r.y:g} {r.width:g} {r.height:g} re" for r in drawing.rectangles)
    left = (label - side) / 2
    lines = [f"q {scale:.4f} 0 0 {-scale:.4f} {left:g} {label - 2:g} cm 0 g\n{bars}\nf Q"]
    for number, word in enumerate(words, start=1):
        size = min(font_size, label / (_LETTER * max(1, len(word))))
        x, y = (label - _LETTER * size * len(word)) / 2, label - side - number * font_size
        lines.append(f"BT /F1 {size:.2f} Tf {x:.2f} {y:.2f} Td ({vector.to_literal(word)}) Tj ET")
    return "\n".join(lines)
