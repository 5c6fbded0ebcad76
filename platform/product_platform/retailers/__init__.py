"""Retailers: the shops of this world, and what they carry."""

from product_platform.retailers.models import Store
from product_platform.retailers.service import find_stores

__all__ = ["Store", "find_stores"]
