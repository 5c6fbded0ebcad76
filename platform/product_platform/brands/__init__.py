"""Brands: names that products bear, and the organizations that own them."""

from product_platform.brands.adapters.events import subscribe
from product_platform.brands.endpoints import router
from product_platform.brands.errors import BrandTakenError
from product_platform.brands.events import BrandDeleted, BrandWebsiteSet
from product_platform.brands.models import Brand, to_name_key
from product_platform.brands.ports import NearbyStore, Shelves, StoreQuery
from product_platform.brands.schemas import BrandRecord
from product_platform.brands.service import Brands

__all__ = [
    "Brand",
    "BrandDeleted",
    "BrandRecord",
    "BrandTakenError",
    "BrandWebsiteSet",
    "Brands",
    "NearbyStore",
    "Shelves",
    "StoreQuery",
    "router",
    "subscribe",
    "to_name_key",
]
