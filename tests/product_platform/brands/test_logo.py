"""Logos: what is kept of them, where they are fetched, and what becomes of former ones."""

from io import BytesIO
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.routing import Route

from product_platform.kit.files import FILES_PATH, serve_public_file
from product_platform.kit.services import Services
from tests.conftest import BASE_URL
from tests.product_platform.brands.test_endpoints import create, make_brands_client
from tests.product_platform.catalogue import make_organization, read_outbox

pytestmark = pytest.mark.servers

EVIL = b"""
<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script><circle r="3"/></svg>
"""


def draw(colour: str = "orange") -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 20), colour).save(out, "PNG")
    return out.getvalue() + b"<?php secret ?>"


@pytest.fixture
async def organization(services: Services) -> UUID:
    return await make_organization(services.database)


@pytest.fixture
async def client(services: Services, organization: UUID):
    async with make_brands_client(services, organization) as client:
        yield client


@pytest.fixture
async def path(client: httpx2.AsyncClient, organization: UUID) -> str:
    return f"/brands/{(await create(client, organization)).json()['id']}/logo"


async def upload(client: httpx2.AsyncClient, path: str, content: bytes) -> str:
    answer = await client.post(path, files={"logo": ("../../logo.html", content, "text/html")})
    assert answer.status_code == 200, answer.text
    url: str = answer.json()["logo_url"]
    return url


async def fetch(services: Services, url: str) -> httpx2.Response:
    app = Starlette(routes=[Route(f"{FILES_PATH}/{{key:path}}", serve_public_file)])
    app.state.services = services
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=BASE_URL) as client:
        return await client.get(url)


def kept(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


async def test_a_logo_is_drawn_anew_and_anybody_fetches_it(client, services, path):
    url = await upload(client, path, draw())
    assert url.startswith(f"{BASE_URL}/files/logos/")
    answer = await fetch(services, url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert b"secret" not in answer.content
    assert Image.open(BytesIO(answer.content)).size == (40, 20)
    assert (await client.get(path.removesuffix("/logo"))).json()["logo_url"] == url


async def test_a_drawing_has_no_scripts_and_acts_nowhere(client, services, path):
    answer = await fetch(services, await upload(client, path, EVIL))
    assert (answer.headers["content-type"], b"circle" in answer.content) == ("image/svg+xml", True)
    assert b"alert" not in answer.content
    assert answer.headers["content-security-policy"].endswith("sandbox")


async def test_a_new_logo_takes_the_place_of_the_former(client, services, path, tmp_path):
    former = await upload(client, path, draw())
    new = await upload(client, path, draw("blue"))
    assert former != new
    assert (await fetch(services, former)).status_code == 404
    assert (await fetch(services, new)).status_code == 200
    assert len(kept(tmp_path)) == 1


async def test_the_brand_is_published(client, services, path):
    await services.database.pool.execute("DELETE FROM outbox")
    await upload(client, path, draw())
    assert await read_outbox(services.database) == {f"brand/{path.split('/')[2]}"}


@pytest.mark.parametrize(
    ("content", "code"), [(b"<html>", "image_unreadable"), (bytes((5 << 20) + 1), "image_too_large")]
)
async def test_of_what_is_refused_nothing_is_kept(client, path, tmp_path, content, code):
    answer = await client.post(path, files={"logo": ("logo.png", content, "image/png")})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["code"] == code
    assert kept(tmp_path) == []


async def test_where_the_folder_fails_the_brand_keeps_its_logo(client, services, path, tmp_path, monkeypatch):
    former = await upload(client, path, draw())

    async def fail(_key: str, _content: bytes) -> int:
        raise OSError

    monkeypatch.setattr(services.storage, "write", fail)
    assert (await client.post(path, files={"logo": draw("blue")})).status_code == 503
    monkeypatch.undo()
    assert (await client.get(path.removesuffix("/logo"))).json()["logo_url"] == former
    assert (await fetch(services, former)).status_code == 200
