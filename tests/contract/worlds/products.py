"""What cases about products begin from."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from product_platform.kit.ids import from_short, to_short
from product_platform.kit.jobs import JobRun, Runner
from product_platform.products import JOBS, ClaimEvent, Claims
from tests.contract.world import World, insert
from tests.contract.worlds.product_content import GTIN, add_content, add_panels, to_gtin

MOUNT = "/products/api/v1"
UNITS = ("MLT", "CLT", "LTR", "GRM", "KGM", "ONZ", "LBR", "PTI", "QTI", "GLL", "EA", "", None)
SOURCES = (
    "crowd_sourced",
    "claimed",
    "imported",
    "ai_extracted",
    "brand_site_crawl",
    "gtin1_authoritative",
    "external_api",
    "open_food_facts",
    "usda_fdc",
    "fda_ndc",
    "affiliate_feed",
    "datakick",
    "common_crawl_wdc",
)
_CSV = """\
gtin,product_name
9521234500032,Oat Bars
9521234500018,Oat Drink 2
9521234500032,Oat Bars
9521234500019,Wrong
"""
_EVERY_COLUMN = """\
\ufeff EAN ,Title,Brand,manufacturer,description,photo_url,origin,weight,shelf
9521234500032,Oat Bars,Havrefin,Meadow,Made of oats.,https://oats.example/1.png,se,500 g,7
"""


async def prepare(world: World) -> None:
    """Let the organization have `product`, and nobody have `wild`; no product has the GTIN `new`."""
    made = await call(world, "POST", "/products", json={"gtin": GTIN, "product_name": "Oat Drink"})
    wild = await insert(world, "products", gtin="09521234500025", product_name="Wild Rice")
    world.names |= {"product": GTIN, "wild": "09521234500025", "new": "09521234500032"}
    world.names |= {"product_id": made["id"], "wild_id": to_short(wild), "unknown_task": str(uuid4())}
    world.names |= {"too_many": [{"lot": "L"}] * 5_001, "longest": "x" * 4_097}
    world.samples |= {"csv": _CSV.encode(), "columns": _EVERY_COLUMN.encode(), "huge": bytes(11 << 20)}
    world.samples |= {"latin": b"gtin\n\xff\n", "unnamed": b"sku\n1\n", "picture": b"\x89PNG\x00"}


async def call(
    world: World, method: str, path: str, *, caller: str = "owner", prefer: str = "", **content: Any
) -> dict[str, Any]:
    headers = {**world.callers[caller], "Prefer": prefer}
    answer = await world.client.request(method, MOUNT + path, headers=headers, **content)
    assert answer.is_success, answer.text
    return answer.json()


async def execute(world: World, sql: str) -> None:
    await world.services.database.pool.execute(sql)


async def join_the_rival(world: World) -> None:
    rival, owner = (from_short(world.names[name]) for name in ("rival_org", "owner_user"))
    await insert(world, "memberships", organization_id=rival, user_id=owner, role="owner")


async def add_brands(world: World) -> None:
    for name, owner in (("Havrefin", "org"), ("Rivals", "rival_org")):
        organization_id = from_short(world.names[owner])
        columns = {"name": name, "name_key": name.lower(), "organization_id": organization_id}
        world.names[name] = to_short(await insert(world, "brands", **columns))


async def move_claim(world: World, event: ClaimEvent) -> None:
    async with world.services.database.transaction() as connection:
        await Claims(world.clock).move(connection, GTIN, event)


async def license_prefix(world: World) -> None:
    async with world.services.database.transaction() as connection:
        organization_id = from_short(world.names["org"])
        await Claims(world.clock).add_prefix(connection, "9521234", organization_id=organization_id)
    await do_jobs(world)


async def report_claim(world: World) -> None:
    """Report the claim as often as one address may."""
    body = {"reporter_email": "a@example.com", "reporter_relationship": "other", "reason": "Not theirs."}
    for _ in range(3):
        await call(world, "POST", f"/products/{GTIN}/report-claim", caller="nobody", json=body)


async def add_sources(world: World) -> None:
    """Let there be a product of each source, called like it, each with another unit."""
    for number, (source, unit) in enumerate(zip(SOURCES, UNITS, strict=True)):
        world.names[source] = to_gtin(number)
        columns = {"gtin": to_gtin(number), "product_name": f"Of {source}", "data_source": source}
        await insert(
            world,
            "products",
            **columns,
            net_content_uom=unit,
            net_content_value=number if unit else None,
            confidence_score=number / 100,
        )


async def fill_shelf(world: World) -> None:
    """Let there be nothing but a claimed oat drink, of which all is known, and two of nobody."""
    await add_brands(world)
    category = await insert(world, "product_categories", name="Drinks")
    world.names["drinks"] = to_short(category)
    await execute(world, "DELETE FROM products WHERE product_name = 'Wild Rice'")
    body = {
        "brand_id": world.names["Havrefin"],
        "description": "Made of oats.",
        "country_of_origin": "SE",
        "net_content": "1 L",
        "countries_sold": ["SE", "CA"],
        "primary_language": "sv",
        "usage_instructions": "Shake.",
        "brand_product_page_url": "https://oats.example/drink",
        "gross_weight": 1.1,
        "gross_weight_uom": "KGM",
        "net_weight": 1,
        "net_weight_uom": "KGM",
        **dict.fromkeys(("length", "width", "height", "depth"), 7.5),
        **{f"{name}_uom": "CMT" for name in ("length", "width", "height", "depth")},
        **{f"gpc_{level}_code": "10000201" for level in ("brick", "class", "family", "segment")},
    }
    await call(world, "PATCH", f"/products/{GTIN}", json=body)
    await world.services.database.pool.execute(
        "UPDATE products SET category_id = $1, manufacturer = 'Meadow', ai_summary = 'An oat drink.',"
        " image_url = 'https://oats.example/1.png'",
        category,
    )
    for number, name in enumerate(("Rye Bread", "Zwieback")):
        at = datetime(2026, 2, 1 + number, tzinfo=UTC)
        await insert(world, "products", gtin=to_gtin(number), product_name=name, created=at)


async def add_lots(world: World) -> None:
    """Let the product have two lots, and in the first of them a serial; another lot is withdrawn."""
    product_id, run_id = from_short(world.names["product_id"]), uuid4()
    for code, columns in (
        ("L1", {"expiry_date": date(2027, 1, 31), "run_id": run_id}),
        ("L2", {}),
        ("L0", {"is_active": False}),
    ):
        lot_id = await insert(world, "lots", product_id=product_id, code=code, **columns)
        world.names[code] = to_short(lot_id)
    ids = {"product_id": product_id, "lot_id": from_short(world.names["L1"])}
    world.names["S1"] = to_short(await insert(world, "serials", serial="S1", **ids))
    world.names["run"] = to_short(run_id)


async def draw_code(world: World, path: str) -> None:
    """Let the caller have a code already, with its `etag`."""
    body = {"gtin": GTIN, "lot": "L7"}
    answer = await world.client.post(f"{MOUNT}/{path}/", json=body, headers=world.callers["owner"])
    world.names["etag"] = answer.headers["ETag"]


async def order_bundle(world: World) -> None:
    body = {"gtin": GTIN, "items": [{"lot": "L1"}, {"lot": "L2"}]}
    made = await call(world, "POST", "/qr/bulk/", json=body)
    world.names["bundle"] = made["task_id"]


async def order_import(world: World) -> None:
    files = {"file": ("a.csv", world.samples["csv"])}
    made = await call(world, "POST", "/import/csv", files=files, prefer="respond-async")
    world.names["import"] = made["job_id"]


async def order_labels(world: World, *, is_done: bool) -> None:
    """Order labels of both lots; let none be drawn yet unless they are done."""
    await add_lots(world)
    body = {"scope": "lots", "export_type": "qr_codes", "file_format": "svg"}
    made = await call(world, "POST", "/labels/export/", json=body)
    world.names["export"] = made["job_id"]
    if is_done:
        found = await call(world, "GET", f"/labels/export/{made['job_id']}/")
        world.names["token"] = urlsplit(found["download_url"]).query.removeprefix("token=")
    else:
        await put_back(world)


async def put_back(world: World) -> None:
    await execute(
        world,
        "UPDATE jobs SET state = 'pending', progress = 0, total = NULL, result = NULL, finished_at = NULL,"
        f" run_at = '{world.clock.now().isoformat()}'",
    )


async def begin_jobs(world: World) -> None:
    await execute(world, "UPDATE jobs SET state = 'running', progress = 1, total = 3")


async def do_jobs(world: World) -> None:
    """Do what a worker would, also with what another has begun."""
    await put_back(world)
    runner = Runner(world.services, JOBS)
    while await runner.run_due():
        pass


async def fail_jobs(world: World) -> None:
    async def fail(_run: JobRun) -> None:
        raise ZeroDivisionError

    await execute(world, "UPDATE jobs SET failures = 4")
    await Runner(world.services, dict.fromkeys(JOBS, fail)).run_due()


async def let_an_hour_pass(world: World) -> None:
    world.clock.advance(3_600)


GIVEN: Mapping[str, Callable[[World], Awaitable[object]]] = {
    "the owner belongs to the rival, too": join_the_rival,
    "the organization is no brand": partial(execute, sql="UPDATE organizations SET is_brand = false"),
    "brands of both": add_brands,
    "a prefix of the organization": license_prefix,
    "the claim is confirmed": partial(move_claim, event=ClaimEvent.CONFIRMED),
    "the claim is contested": partial(move_claim, event=ClaimEvent.CONTESTED),
    "the claim is upheld": partial(move_claim, event=ClaimEvent.UPHELD),
    "the claim is rejected": partial(move_claim, event=ClaimEvent.REJECTED),
    "three reports from one address": report_claim,
    "an hour passed": let_an_hour_pass,
    "all that can be known": add_content,
    "a panel of each format": add_panels,
    "products of each source": add_sources,
    "a full shelf": fill_shelf,
    "lots and a serial": add_lots,
    "the QR code": partial(draw_code, path="qr"),
    "the barcode": partial(draw_code, path="barcode"),
    "the DataMatrix": partial(draw_code, path="datamatrix"),
    "a bundle was ordered": order_bundle,
    "an import was ordered": order_import,
    "labels were ordered": partial(order_labels, is_done=False),
    "labels were made": partial(order_labels, is_done=True),
    "a worker began": begin_jobs,
    "a worker did it": do_jobs,
    "workers failed": fail_jobs,
}
