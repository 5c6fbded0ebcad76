"""Products: trade items, the claims to them, their lots and serials, and the codes printed on them."""

from product_platform.products.endpoints import router
from product_platform.products.models import Product, is_restricted_prefix
from product_platform.products.schemas import LotRecord, ProductRecord, SerialRecord
from product_platform.products.service import Products

__all__ = [
    "LotRecord",
    "Product",
    "ProductRecord",
    "Products",
    "SerialRecord",
    "is_restricted_prefix",
    "router",
]
