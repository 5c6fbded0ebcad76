import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from product_platform.kit.files import FILES_PATH, answer_file, serve_public_file, to_public_url
from product_platform.kit.refusals import install_handlers
from product_platform.kit.services import Services

pytestmark = pytest.mark.servers

EVIL = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


async def give_export(request: Request) -> Response:
    storage = request.app.state.services.storage
    return answer_file(await storage.open("exports/1"), 'rules "ü".ndjson')


@pytest.fixture
async def client(services: Services):
    app = Starlette(
        routes=[
            Route(f"{FILES_PATH}/{{key:path}}", serve_public_file),
            Route("/export", give_export),
        ]
    )
    app.state.services = services
    install_handlers(app)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test") as client:
        yield client


class TestServePublicFile:
    async def test_anybody_fetches_a_public_file_and_may_keep_it_for_ever(self, client, services):
        key = "public/logos/a1.webp"
        await services.storage.write(key, b"image")
        url = to_public_url("http://test", key)
        answer = await client.get(url)
        assert (url, answer.status_code, answer.content) == ("http://test/files/logos/a1.webp", 200, b"image")
        assert answer.headers["content-type"] == "image/webp"
        assert answer.headers["content-length"] == "5"
        assert answer.headers["content-disposition"].startswith("inline;")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["access-control-allow-origin"] == "*"
        again = await client.get(url, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")

    @pytest.mark.parametrize("name", ["a.svg", "a.xml", "a.html", "a"])
    async def test_nothing_that_is_kept_can_act_as_a_page(self, client, services, name):
        await services.storage.write(f"public/{name}", EVIL)
        answer = await client.get(f"{FILES_PATH}/{name}")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].endswith("sandbox")
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "html" not in answer.headers["content-type"]
        assert answer.headers["content-disposition"].startswith("inline" if name == "a.svg" else "attachment")

    @pytest.mark.parametrize("path", ["exports/1", "..%2fexports/1", "public/exports/1", "", "A"])
    async def test_what_is_not_public_is_not_found(self, client, services, path):
        await services.storage.write("exports/1", b"secret")
        answer = await client.get(f"{FILES_PATH}/{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


class TestAnswerFile:
    async def test_a_file_for_one_caller_is_saved_under_its_name_and_kept_by_nobody(self, client, services):
        await services.storage.write("exports/1", b"{}\n")
        answer = await client.get("/export")
        assert answer.content == b"{}\n"
        assert answer.headers["content-type"] == "application/x-ndjson"
        assert answer.headers["content-disposition"] == (
            "attachment; filename*=UTF-8''rules%20%22%C3%BC%22.ndjson"
        )
        assert answer.headers["cache-control"] == "private, no-store"
