"""Looking for shops."""

from uuid import UUID

from geographiclib.geodesic import Geodesic

from product_platform.kit.db import Connection
from product_platform.retailers import repository
from product_platform.retailers.models import Store

_METRES = 1_000


async def find_stores(
    connection: Connection,
    brand_id: UUID,
    *,
    product_id: UUID | None,
    centre: tuple[float, float],
    radius_km: float,
    limit: int,
) -> list[tuple[float, Store]]:
    """Return the nearest active shops that carry a brand, or one product of it, with their distances in km.

    *centre* is latitude and longitude in degrees. Distances are geodesic, on the spheroid of WGS 84;
    a shop exactly at the radius is in. Of two at one distance the one with the smaller id comes first.
    """
    stores = await repository.fetch_candidates(
        connection, brand_id, product_id=product_id, centre=centre, radius_km=radius_km, limit=limit
    )
    found = [(_measure_km(centre, store), store) for store in stores]
    near = [(km, store) for km, store in found if km <= radius_km]
    return sorted(near, key=lambda pair: (pair[0], pair[1].id))[:limit]


def _measure_km(centre: tuple[float, float], store: Store) -> float:
    line = Geodesic.WGS84.Inverse(*centre, store.lat, store.lon, Geodesic.DISTANCE)
    metres: float = line["s12"]
    return metres / _METRES
