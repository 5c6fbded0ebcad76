"""A shop as somebody sees it who is looking for one."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A shop that carries `product_count` products of a brand; `lat` and `lon` in degrees, on WGS 84."""

    id: UUID
    name: str
    address: str
    lat: float
    lon: float
    product_count: int
    retailer_name: str
    phone: str
    website: str
