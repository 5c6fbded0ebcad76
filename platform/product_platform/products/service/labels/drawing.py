"""What a label of a lot or a serial shows, alone or on a sheet of many."""

from typing import Final

from product_platform.products.repository.labels import LabelItem
from product_platform.products.schemas.codes import CodeFormat, QrContent
from product_platform.products.schemas.labels import ExportType, LabelExportIn
from product_platform.products.service.codes import (
    Layout,
    carry_elements,
    combine_svg,
    draw_qr,
    render_barcode,
    render_data_matrix,
    render_qr,
    to_elements,
    to_page_content,
    to_uri,
    write_pdf,
)
from product_platform.products.service.labels.parts import Drawn, to_file_name

_QR_SIDE: Final = 400
_LAYOUT: Final = Layout(
    module_width=0.33, module_height=25, quiet_zone=6.5, font_size=10, write_text=True, embed_font=True
)
# A sheet of US letter paper with 7 by 9 labels of one inch; all lengths in points.
_SHEET: Final = (612.0, 792.0)
_COLUMNS: Final = 7
_ROWS: Final = 9
_LABEL: Final = 72.0
_QR_ON_SHEET: Final = 56.0
_TEXT_ON_SHEET: Final = 6.0


def draw_label(order: LabelExportIn, root: str, number: int, item: LabelItem) -> Drawn:
    """Return the label of an item: an image, or what a sheet shows of it."""
    content = QrContent(lot=item.lot, serial=item.serial, expiry=item.expiry)
    name = to_file_name(number, item.gtin, item.lot, item.serial)
    if order.export_type is ExportType.SHEET_PDF:
        return Drawn(
            name, _draw_on_sheet(to_uri(root, item.gtin, content), item).encode("latin-1", "replace")
        )
    image_format = CodeFormat(order.file_format)
    return Drawn(
        f"{name}.{image_format.value}", _draw_code(order.export_type, root, item, content, image_format)
    )


def _draw_code(
    export_type: ExportType, root: str, item: LabelItem, content: QrContent, image_format: CodeFormat
) -> bytes:
    uri = to_uri(root, item.gtin, content)
    if export_type is ExportType.QR_CODES:
        return render_qr(uri, image_format, size_px=_QR_SIDE)
    if export_type is ExportType.DATAMATRIX:
        return render_data_matrix(to_elements(item.gtin, content), image_format)
    # Lot and serial together are longer than GS1-128 may be; the serial says which item it is.
    named = (("21", item.serial),) if item.serial is not None else (("10", item.lot),)
    carrier = carry_elements([("01", item.gtin), *((ai, value) for ai, value in named if value)])
    if export_type is ExportType.BARCODES_1D:
        return render_barcode(carrier, _LAYOUT, image_format)
    return combine_svg(uri, to_elements(item.gtin, content), carrier, _LAYOUT)


def _draw_on_sheet(uri: str, item: LabelItem) -> str:
    """Return the operators that draw a label on a page, from the left lower corner of the label."""
    words = [item.gtin, item.serial or item.lot or ""]
    return to_page_content(draw_qr(uri), words, side=_QR_ON_SHEET, label=_LABEL, font_size=_TEXT_ON_SHEET)


def write_sheets(labels: list[str]) -> bytes:
    """Return a PDF with the labels on as many sheets as they need, an empty one at least."""
    each = _COLUMNS * _ROWS
    pages = [labels[start : start + each] for start in range(0, len(labels), each)] or [[]]
    return write_pdf([(*_SHEET, _lay_out(page)) for page in pages])


def _lay_out(labels: list[str]) -> str:
    left, top = (_SHEET[0] - _COLUMNS * _LABEL) / 2, _SHEET[1] - (_SHEET[1] - _ROWS * _LABEL) / 2
    placed = []
    for place, label in enumerate(labels):
        row, column = divmod(place, _COLUMNS)
        x, y = left + column * _LABEL, top - (row + 1) * _LABEL
        placed.append(f"q 1 0 0 1 {x:g} {y:g} cm\n{label}\nQ")
    return "\n".join(placed)
