"""Tells brands what products and shops know of them."""

from uuid import UUID

from product_platform.brands import NearbyStore, StoreQuery
from product_platform.kit.db import Connection
from product_platform.products import Products
from product_platform.retailers import find_stores


class CatalogueShelves:
    """What stands in the catalogue."""

    async def fetch_product_names(self, connection: Connection, brand_id: UUID) -> list[tuple[UUID, str]]:
        """Return id and display name of each product of the brand, by name."""
        return await Products.fetch_names(connection, brand_id)

    async def find_stores(
        self, connection: Connection, brand_id: UUID, query: StoreQuery
    ) -> list[NearbyStore]:
        """Return the shops that carry the brand, the nearest first."""
        found = await find_stores(
            connection,
            brand_id,
            product_id=query.product_id,
            centre=(query.lat, query.lon),
            radius_km=query.radius_km,
            limit=query.limit,
        )
        return [
            NearbyStore(
                id=store.id,
                name=store.name,
                address=store.address,
                lat=store.lat,
                lon=store.lon,
                distance_km=km,
                product_count=store.product_count,
                retailer_name=store.retailer_name,
                phone=store.phone,
                website=store.website,
            )
            for km, store in found
        ]
