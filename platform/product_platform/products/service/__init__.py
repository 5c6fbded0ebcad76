"""What products can do: the catalogue, the codes that are printed on them, and reading these again."""

from product_platform.products.service.catalogue import Products
from product_platform.products.service.digital_link import parse_digital_link
from product_platform.products.service.qr import render_qr, to_uri
from product_platform.products.service.serials import Serials

__all__ = ["Products", "Serials", "parse_digital_link", "render_qr", "to_uri"]
