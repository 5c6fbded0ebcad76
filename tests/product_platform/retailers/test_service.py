import random
from collections.abc import Sequence
from uuid import UUID

import pytest
from geographiclib.geodesic import Geodesic

from product_platform.kit.db import Database
from product_platform.retailers import find_stores

pytestmark = pytest.mark.servers

BRAND = UUID(int=1)
GTINS = ("09506000134352", "09520000100018")


@pytest.fixture
async def products(database: Database) -> list[UUID]:
    pool = database.pool
    await pool.execute("INSERT INTO brands (id, name, name_key) VALUES ($1, 'Oats', 'oats')", BRAND)
    made = "INSERT INTO products (gtin, brand_id) VALUES ($1, $2) RETURNING id"
    return [await pool.fetchval(made, gtin, BRAND) for gtin in GTINS]


async def add_store(
    database: Database, place: tuple[float, float] | None, products: Sequence[UUID], **columns
) -> UUID:
    point = f"point({place[1]}, {place[0]})" if place else "NULL"
    store: UUID = await database.pool.fetchval(
        f"INSERT INTO locations (name, point, is_active) VALUES ('Shop', {point}, $1) RETURNING id",
        columns.get("is_active", True),
    )
    for product in products:
        await database.pool.execute(
            "INSERT INTO in_store_offers (product_id, physical_store_id, status) VALUES ($1, $2, $3)",
            product,
            store,
            columns.get("status", "active"),
        )
    return store


async def find(
    database: Database, centre: tuple[float, float], radius_km: float = 50, limit: int = 20, product=None
):
    async with database.transaction() as connection:
        return await find_stores(
            connection, BRAND, product_id=product, centre=centre, radius_km=radius_km, limit=limit
        )


class TestFindStores:
    async def test_only_active_offers_of_active_shops_with_a_place_count(self, database, products):
        kept = await add_store(database, (59, 18), products[:1])
        await add_store(database, (59, 18), [])
        await add_store(database, None, products)
        await add_store(database, (59, 18), products, is_active=False)
        for status in ("discontinued", "seasonal", "out_of_stock"):
            await add_store(database, (59, 18), products, status=status)
        found = await find(database, (59, 18))
        assert [(store.id, store.product_count, km) for km, store in found] == [(kept, 1, 0)]

    async def test_two_offers_of_one_product_are_one_product(self, database, products):
        store = await add_store(database, (59, 18), products)
        await database.pool.execute(
            "INSERT INTO in_store_offers (product_id, physical_store_id, sku) VALUES ($1, $2, 'other')",
            products[0],
            store,
        )
        assert [each.product_count for _, each in await find(database, (59, 18))] == [2]

    async def test_a_shop_exactly_at_the_radius_is_in(self, database, products):
        await add_store(database, (0, 1), products)
        # One degree of the equator of WGS 84.
        exact = Geodesic.WGS84.Inverse(0, 0, 0, 1)["s12"] / 1_000
        assert len(await find(database, (0, 0), radius_km=exact)) == 1
        assert await find(database, (0, 0), radius_km=exact - 1e-6) == []

    async def test_the_date_line_and_the_poles_are_no_walls(self, database, products):
        fiji = await add_store(database, (-17, -179.9), products)
        pole = await add_store(database, (89.9, 90), products)
        assert [each.id for _, each in await find(database, (-17, 179.9))] == [fiji]
        assert [each.id for _, each in await find(database, (89.9, -90))] == [pole]

    async def test_the_nearest_are_those_of_a_full_scan(self, database, products):
        chance = random.Random(7)
        places = [(chance.uniform(-90, 90), chance.uniform(-180, 180)) for _ in range(300)]
        for place in places:
            await add_store(database, place, products[:1])
        for _ in range(20):
            centre = (chance.uniform(-90, 90), chance.uniform(-180, 180))
            all_km = sorted(Geodesic.WGS84.Inverse(*centre, *place)["s12"] / 1_000 for place in places)
            found = await find(database, centre, radius_km=20_100, limit=7)
            assert [km for km, _ in found] == pytest.approx(all_km[:7])

    async def test_of_two_at_one_place_the_order_is_certain(self, database, products):
        ids = sorted([await add_store(database, (59, 18), products) for _ in range(5)])
        assert [each.id for _, each in await find(database, (59, 18.001), limit=3)] == ids[:3]
