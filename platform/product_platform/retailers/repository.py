"""Every query about shops and what they carry."""

from typing import Final
from uuid import UUID

from product_platform.kit.db import Connection
from product_platform.retailers.models import Store

SPHERE_ERROR: Final = 1.006
"""By how much at most a distance on a sphere and one on the spheroid of WGS 84 differ, as a factor."""

# Of each shop the distance on a sphere of the earth's mean radius. Whoever is farther than the last
# that is wanted, error included, cannot be among the nearest.
_STORES: Final = """
    WITH carrying AS (
        SELECT offer.physical_store_id AS id, count(DISTINCT offer.product_id) AS product_count
        FROM in_store_offers AS offer JOIN products ON products.id = offer.product_id
        WHERE products.brand_id = $1 AND offer.status = 'active'
        AND ($2::uuid IS NULL OR offer.product_id = $2)
        GROUP BY offer.physical_store_id
    ), near AS (
        SELECT store.id, store.name, store.address, store.phone, store.website, carrying.product_count,
            coalesce(retailer.name, '') AS retailer_name, store.point[1] AS lat, store.point[0] AS lon,
            6371.0088 * 2 * asin(least(1, sqrt(
                sind((store.point[1] - $3::float8) / 2) ^ 2
                + cosd($3::float8) * cosd(store.point[1]) * sind((store.point[0] - $4::float8) / 2) ^ 2
            ))) AS sphere_km
        FROM carrying JOIN locations AS store ON store.id = carrying.id
        LEFT JOIN retailers AS retailer ON retailer.id = store.retailer_id
        WHERE store.is_active AND store.point IS NOT NULL
    )
    SELECT id, name, address, lat, lon, product_count, retailer_name, phone, website FROM near
    WHERE sphere_km <= $5::float8 * $7::float8 AND sphere_km <= coalesce(
        $7::float8 ^ 2 * (SELECT sphere_km FROM near ORDER BY sphere_km OFFSET $6 - 1 LIMIT 1), 'infinity'
    )
"""


async def fetch_candidates(
    connection: Connection,
    brand_id: UUID,
    *,
    product_id: UUID | None,
    centre: tuple[float, float],
    radius_km: float,
    limit: int,
) -> list[Store]:
    """Return at least the *limit* shops nearest to *centre*, given as latitude and longitude.

    They are those within the radius that carry a product of the brand, or that product of it.
    """
    rows = await connection.fetch(_STORES, brand_id, product_id, *centre, radius_km, limit, SPHERE_ERROR)
    return [Store(**row) for row in rows]
