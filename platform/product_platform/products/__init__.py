"""Products: trade items, the claims to them, their lots and serials, and the codes printed on them."""

from product_platform.products.adapters.events import subscribe
from product_platform.products.endpoints import router
from product_platform.products.models import Product, Serial, SerialName, is_restricted_prefix
from product_platform.products.schemas import Gtin, LotRecord, ProductRecord, SerialNumber, SerialRecord
from product_platform.products.service import Products, Serials

__all__ = [
    "Gtin",
    "LotRecord",
    "Product",
    "ProductRecord",
    "Products",
    "Serial",
    "SerialName",
    "SerialNumber",
    "SerialRecord",
    "Serials",
    "is_restricted_prefix",
    "router",
    "subscribe",
]
