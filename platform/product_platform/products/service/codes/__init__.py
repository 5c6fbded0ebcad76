"""Codes to be printed: the same bytes for the same request, on every host and day."""

from product_platform.products.service.codes.barcodes import Layout, render_barcode
from product_platform.products.service.codes.combined import combine_svg, to_page_content
from product_platform.products.service.codes.data_matrix import render_data_matrix, to_elements
from product_platform.products.service.codes.qr import draw_qr, render_qr, to_uri
from product_platform.products.service.codes.symbologies import carry_elements, choose_carrier
from product_platform.products.service.codes.vector import write_pdf

__all__ = [
    "Layout",
    "carry_elements",
    "choose_carrier",
    "combine_svg",
    "draw_qr",
    "render_barcode",
    "render_data_matrix",
    "render_qr",
    "to_elements",
    "to_page_content",
    "to_uri",
    "write_pdf",
]
