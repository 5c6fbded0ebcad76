"""What brands are told by domains that they do not know."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from product_platform.kit.db import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreQuery:
    """Where somebody looks for a brand, or for one product of it: degrees on WGS 84, and kilometres."""

    lat: float
    lon: float
    radius_km: float
    limit: int
    product_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NearbyStore:
    """A shop that carries a brand."""

    id: UUID
    name: str
    address: str
    lat: float
    lon: float
    distance_km: float
    product_count: int
    retailer_name: str
    phone: str
    website: str


class Shelves(Protocol):
    """Tells what there is of a brand, and where."""

    async def fetch_product_names(self, connection: Connection, brand_id: UUID) -> list[tuple[UUID, str]]:
        """Return id and display name of each product of the brand, by name."""
        ...

    async def find_stores(
        self, connection: Connection, brand_id: UUID, query: StoreQuery
    ) -> list[NearbyStore]:
        """Return the shops that carry the brand, the nearest first; distances are not rounded."""
        ...
