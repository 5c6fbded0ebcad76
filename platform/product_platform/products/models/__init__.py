"""Products, claims and contributions as values."""

from product_platform.products.models.claims import ClaimEvent
from product_platform.products.models.domains import Domain
from product_platform.products.models.prefixes import is_restricted, is_restricted_prefix
from product_platform.products.models.product import Product, Serial, SerialName
from product_platform.products.models.trust import assess, take_over

__all__ = [
    "ClaimEvent",
    "Domain",
    "Product",
    "Serial",
    "SerialName",
    "assess",
    "is_restricted",
    "is_restricted_prefix",
    "take_over",
]
