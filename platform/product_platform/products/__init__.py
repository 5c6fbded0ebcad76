"""Products: trade items, the claims to them, their lots and serials, and the codes printed on them."""

from product_platform.products.adapters.events import subscribe
from product_platform.products.endpoints import router
from product_platform.products.models import (
    ClaimEvent,
    Domain,
    Product,
    Serial,
    SerialName,
    is_restricted_prefix,
)
from product_platform.products.schemas.fields import Gtin, SerialNumber
from product_platform.products.schemas.products import LotRecord, ProductRecord, SerialRecord
from product_platform.products.service import Claims, Content, Contributions, Products, Serials
from product_platform.products.tasks import JOBS

__all__ = [
    "JOBS",
    "ClaimEvent",
    "Claims",
    "Content",
    "Contributions",
    "Domain",
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
