"""What cases about brands begin from."""

from collections.abc import Awaitable, Callable, Mapping
from io import BytesIO

from PIL import Image

from product_platform.kit.ids import from_short, to_short
from tests.contract.world import World

_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'


async def prepare(world: World) -> None:
    """Let the organization have a brand, `brand`, with a product; let nobody have another, `wild`."""
    pool = world.services.database.pool
    made = await world.client.post(
        "/brands/api/v1/brands",
        json={
            "organization_id": world.names["org"],
            "name": "Havrefin",
            "website": "https://havrefin.example",
        },
        headers=world.callers["owner"],
    )
    assert made.status_code == 201, made.text
    world.names["brand"] = made.json()["id"]
    wild = await pool.fetchval("INSERT INTO brands (name, name_key) VALUES ('Wild', 'wild') RETURNING id")
    world.names["wild"] = to_short(wild)
    world.samples |= {kind: draw(kind) for kind in ("png", "jpeg", "gif", "webp")}
    world.samples |= {"svg": _SVG, "text": b"no picture", "large": bytes((5 << 20) + 1)}
    world.samples["huge"] = bytes(11 << 20)


def draw(kind: str) -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 20), "orange").save(out, kind)
    return out.getvalue()


async def add_products(world: World) -> None:
    brand_id = from_short(world.names["brand"])
    for gtin, name in (("09506000134352", "Oat Drink"), ("09520000100018", "")):
        world.names[name or "nameless"] = to_short(
            await world.services.database.pool.fetchval(
                "INSERT INTO products (gtin, product_name, brand_id) VALUES ($1, $2, $3) RETURNING id",
                gtin,
                name,
                brand_id,
            )
        )
    world.names["product"] = world.names["Oat Drink"]


async def add_stores(world: World) -> None:
    """Let a shop near Stockholm carry both products, one farther away the one, and a third neither."""
    await add_products(world)
    pool = world.services.database.pool
    retailer = await pool.fetchval("INSERT INTO retailers (name) VALUES ('Corner') RETURNING id")
    stores = {
        "Corner Market": ("point(18.061, 59.331)", retailer, ("product", "nameless")),
        "Hilltop Foods": ("point(18.05, 59.36)", None, ("nameless",)),
        "Empty Shelf": ("point(18.06, 59.33)", None, ()),
    }
    for name, (place, retailer_id, products) in stores.items():
        store = await pool.fetchval(
            f"""
            INSERT INTO locations (name, address, point, retailer_id, phone, website)
            VALUES ($1, 'Storgatan 1, Stockholm', {place}, $2, '+46 8 1', 'https://s.example') RETURNING id
            """,
            name,
            retailer_id,
        )
        for product in products:
            await pool.execute(
                "INSERT INTO in_store_offers (product_id, physical_store_id) VALUES ($1, $2)",
                from_short(world.names[product]),
                store,
            )


GIVEN: Mapping[str, Callable[[World], Awaitable[object]]] = {
    "products of the brand": add_products,
    "shops that carry the brand": add_stores,
}
