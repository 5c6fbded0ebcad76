"""What products can do: the catalogue, the claims, the codes that are printed, and reading these again."""

from product_platform.products.service.catalogue import Products
from product_platform.products.service.claims import Claims
from product_platform.products.service.content import Content
from product_platform.products.service.contributions import Contributions
from product_platform.products.service.digital_link import parse_digital_link
from product_platform.products.service.serials import Serials

__all__ = [
    "Claims",
    "Content",
    "Contributions",
    "Products",
    "Serials",
    "parse_digital_link",
]
