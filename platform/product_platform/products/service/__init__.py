"""What products can do: the catalogue, and the codes that are printed on them."""

from product_platform.products.service.catalogue import Products
from product_platform.products.service.qr import render_qr, to_uri

__all__ = ["Products", "render_qr", "to_uri"]
