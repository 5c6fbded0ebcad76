"""A page goes and comes back, through whole processes and a web server."""

import asyncio

import pytest

from tests.conftest import open_folder
from tests.integration.clients import Brand, scan
from tests.integration.running import Up, running, wait_until
from tests.product_platform.web_server import Page, WebServer, running_web_server

pytestmark = pytest.mark.processes


def make_link(up: Up, url: str) -> tuple[Brand, str, str]:
    """Return the brand, the GTIN of its product that leads to *url*, and the path of that target."""
    ready = up.wait_until_ready()
    brand = Brand(up.port, ready["api_key"], ready["organization_id"])
    gtin = brand.make_product()
    brand.make_rule(url, scope_type="PRODUCT", scope_id=gtin)
    targets = f"/resolver/api/v1/organizations/{brand.organization_id}/custom-urls"
    entry = brand.call("GET", targets)["data"][0]
    return brand, gtin, f"{targets}/{entry['id']}"


def lose_page(up: Up, brand: Brand, gtin: str, target: str) -> None:
    wait_until(lambda: brand.call("GET", target)["status"] == "DEGRADED", what="the first look of the worker")
    statuses = [brand.call("POST", f"{target}/retry")["status"] for _ in range(2)]
    assert statuses == ["DEGRADED", "UNREACHABLE"]
    wait_until(
        lambda: scan(up.port, f"/01/{gtin}").location == f"http://localhost:{up.port}/p/01/{gtin}",
        what="the hosted page",
    )


def find_page(up: Up, brand: Brand, gtin: str, target: str, url: str) -> None:
    statuses = [brand.call("POST", f"{target}/retry")["status"] for _ in range(2)]
    assert statuses == ["UNREACHABLE", "HEALTHY"]
    wait_until(lambda: scan(up.port, f"/01/{gtin}").location == url, what="the page that came back")


async def test_a_dead_link_is_noticed_and_a_page_that_comes_back_is_found() -> None:
    async with running_web_server() as web:
        with (
            open_folder() as folder,
            running(folder / "data", "--workers", "1", SIGNPOST_OUTGOING_ALLOW="127.0.0.1") as up,
        ):
            await follow(web, up)


async def follow(web: WebServer, up: Up) -> None:
    brand, gtin, target = await asyncio.to_thread(make_link, up, web.url("/page"))
    await asyncio.to_thread(lose_page, up, brand, gtin, target)
    web.pages["/page"] = Page()
    await asyncio.to_thread(find_page, up, brand, gtin, target, web.url("/page"))
