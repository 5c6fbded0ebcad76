"""Drawings as SVG, PDF and EPS: small files without a date, written from the definition of each format."""

import zlib
from collections.abc import Callable, Iterator
from xml.sax.saxutils import escape

from product_platform.products.service.codes.drawing import Drawing, Text
from product_platform.products.service.codes.lettering import outline

_POINTS_PER_MM = 72 / 25.4


def to_svg(drawing: Drawing, *, width: str, height: str, embed_font: bool = True) -> bytes:
    """Return the drawing as SVG of this *width* and *height*, each with its unit or in pixels."""
    path = "".join(
        f"M{_n(r.x)} {_n(r.y)}h{_n(r.width)}v{_n(r.height)}h-{_n(r.width)}z" for r in drawing.rectangles
    )
    w, h = _n(drawing.width), _n(drawing.height)
    texts = "".join(_svg_texts(drawing, embed_font=embed_font))
    crisp = "" if drawing.texts else ' shape-rendering="crispEdges"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {w} {h}"{crisp}>'
        f'<path fill="#fff" d="M0 0h{w}v{h}H0z"/>{texts}<path d="{path}"/></svg>\n'
    ).encode()


def to_pdf(drawing: Drawing, *, scale: float, embed_font: bool = True) -> bytes:
    """Return the drawing as a PDF page, a module *scale* points wide."""
    content = "\n".join([f"{_n(scale)} 0 0 {_n(-scale)} 0 {_n(drawing.height * scale)} cm", "0 g"])
    content += "".join(f"\n{_n(r.x)} {_n(r.y)} {_n(r.width)} {_n(r.height)} re" for r in drawing.rectangles)
    content += "\nf\n" + "\n".join(_page_texts(drawing, embed_font=embed_font, show=_pdf_text))
    return write_pdf([(drawing.width * scale, drawing.height * scale, content)])


def write_pdf(pages: list[tuple[float, float, str]]) -> bytes:
    """Return a PDF of pages: their width and height in points, and what is drawn on each."""
    objects: list[bytes] = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    kids = []
    for width, height, content in pages:
        stream = zlib.compress(content.encode("latin-1", "replace"), 9)
        head = f"<</Length {len(stream)}/Filter/FlateDecode>>stream\n".encode()
        objects.append(head + stream + b"\nendstream")
        box = f"[0 0 {_n(width)} {_n(height)}]"
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox{box}/Contents {len(objects)} 0 R"
            "/Resources<</Font<</F1 3 0 R>>>>>>".encode()
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>".encode()
    return _to_file(objects)


def to_eps(drawing: Drawing, *, scale: float, cmyk: bool = False, embed_font: bool = True) -> bytes:
    """Return the drawing as EPS, a module *scale* points wide; *cmyk* prints it with black ink alone."""
    width, height = drawing.width * scale, drawing.height * scale
    lines = [
        "%!PS-Adobe-3.0 EPSF-3.0",
        f"%%BoundingBox: 0 0 {-int(-width // 1)} {-int(-height // 1)}",
        f"%%HiResBoundingBox: 0 0 {_n(width)} {_n(height)}",
        "%%LanguageLevel: 2",
        "%%EndComments",
        "gsave",
        f"[{_n(scale)} 0 0 {_n(-scale)} 0 {_n(height)}] concat",
        "0 0 0 0 setcmykcolor" if cmyk else "1 setgray",
        f"0 0 {_n(drawing.width)} {_n(drawing.height)} rectfill",
        "0 0 0 1 setcmykcolor" if cmyk else "0 setgray",
        *(f"{_n(r.x)} {_n(r.y)} {_n(r.width)} {_n(r.height)} rectfill" for r in drawing.rectangles),
        *_page_texts(drawing, embed_font=embed_font, show=_eps_text),
        "grestore",
        "%%EOF",
    ]
    return ("\n".join(lines) + "\n").encode("latin-1", "replace")


def points(mm: float) -> float:
    """Return a length in points."""
    return mm * _POINTS_PER_MM


def _svg_texts(drawing: Drawing, *, embed_font: bool) -> Iterator[str]:
    for text in drawing.texts:
        if embed_font:
            path = "".join(
                stroke.kind + " ".join(f"{_n(x)} {_n(y)}" for x, y in stroke.points)
                for stroke in outline(text)
            )
            yield f'<path fill-rule="evenodd" d="{path}"/>'
        else:
            yield (
                f'<text x="{_n(text.x)}" y="{_n(text.y)}" font-size="{_n(text.size)}" text-anchor="middle"'
                f' font-family="OCR-B, monospace">{escape(text.content)}</text>'
            )


def _page_texts(drawing: Drawing, *, embed_font: bool, show: Callable[[Text], str]) -> Iterator[str]:
    for text in drawing.texts:
        if embed_font:
            yield from _strokes(text, eps=show is _eps_text)
        else:
            yield show(text)


def _strokes(text: Text, *, eps: bool) -> Iterator[str]:
    names = {"M": "moveto", "L": "lineto", "C": "curveto", "Z": "closepath"} if eps else _PDF_NAMES
    for stroke in outline(text):
        yield " ".join([*(f"{_n(x)} {_n(y)}" for x, y in stroke.points), names[stroke.kind]])
    yield "eofill" if eps else "f*"


_PDF_NAMES = {"M": "m", "L": "l", "C": "c", "Z": "h"}


def _pdf_text(text: Text) -> str:
    # The page is upside down, so that the text is turned over once more.
    x = text.x - _HELVETICA * len(text.content) * text.size / 2
    return f"BT /F1 {_n(text.size)} Tf 1 0 0 -1 {_n(x)} {_n(text.y)} Tm ({to_literal(text.content)}) Tj ET"


def _eps_text(text: Text) -> str:
    return (
        f"gsave /Helvetica findfont {_n(text.size)} scalefont setfont {_n(text.x)} {_n(text.y)} translate"
        f" 1 -1 scale ({to_literal(text.content)}) dup stringwidth pop 2 div neg 0 moveto show grestore"
    )


# The width of a digit of Helvetica, for a size of 1.
_HELVETICA = 0.556


def to_literal(content: str) -> str:
    """Return the inside of a string of PDF or PostScript."""
    return content.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _to_file(objects: list[bytes]) -> bytes:
    parts, places, size = [b"%PDF-1.4\n"], [], 9
    for number, body in enumerate(objects, start=1):
        places.append(size)
        part = b"%d 0 obj\n%b\nendobj\n" % (number, body)
        parts.append(part)
        size += len(part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    parts.append(
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<</Size %d/Root 1 0 R>>\n" % (count, table, count)
    )
    parts.append(b"startxref\n%d\n%%%%EOF\n" % size)
    return b"".join(parts)


def _n(number: float) -> str:
    """Write a number as short as it can be, exact to a ten-thousandth."""
    return f"{round(number, 4):g}" if abs(number) < 1e5 else f"{number:.0f}"  # noqa: PLR2004
