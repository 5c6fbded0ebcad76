"""Codes to be printed: the same bytes for the same request, on every host and day."""

from product_platform.products.service.codes.barcodes import Layout, render_barcode
from product_platform.products.service.codes.data_matrix import render_data_matrix, to_elements
from product_platform.products.service.codes.qr import render_qr, to_uri
from product_platform.products.service.codes.symbologies import choose_carrier

__all__ = [
    "Layout",
    "choose_carrier",
    "render_barcode",
    "render_data_matrix",
    "render_qr",
    "to_elements",
    "to_uri",
]
