import re

import httpx2
import pytest

from admin_api.wiring import create_domains
from tests.conftest import BASE_URL

pytestmark = pytest.mark.servers

NAMES = [domain.name for domain in create_domains()]


def find_files(page: str) -> set[str]:
    return set(re.findall(r'(?:src|href)="(/docs/assets/[^"]+)"', page))


class TestReference:
    async def test_it_lists_every_api(self, client: httpx2.AsyncClient):
        page = (await client.get("/docs")).text
        for name in NAMES:
            assert f'href="/docs/{name}"' in page

    @pytest.mark.parametrize("path", ["/docs", *(f"/docs/{name}" for name in NAMES)])
    async def test_all_that_a_page_needs_comes_from_the_server_itself(self, client, path):
        answer = await client.get(path)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert re.findall(r"https?://(?!www\.w3\.org)[^\"']+", answer.text.replace(BASE_URL, "")) == []
        for file in find_files(answer.text):
            found = await client.get(file)
            assert (found.status_code, "immutable" in found.headers["cache-control"]) == (200, True)

    async def test_a_page_has_no_script_of_its_own(self, client):
        page = (await client.get("/docs/account")).text
        assert re.findall(r"<script(?! src=)", page) == []
        assert len(find_files(page)) == 4

    @pytest.mark.parametrize("name", NAMES)
    async def test_each_api_leads_to_its_part(self, client, name):
        [domain] = [each for each in create_domains() if each.name == name]
        answer = await client.get(f"{domain.mount}/docs")
        assert (answer.status_code, answer.headers["location"]) == (307, f"{BASE_URL}/docs/{name}")

    @pytest.mark.parametrize("path", ["/docs/none", "/docs/assets/none.js", "/docs/errors/none"])
    async def test_what_is_not_there_is_not_found(self, client, path):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")

    async def test_the_type_of_a_problem_leads_to_what_it_means(self, client):
        problem = await client.get(
            "/account/api/v1/whoami", headers={"Accept": "application/problem+json", "X-API-Key": "x"}
        )
        page = await client.get(problem.json()["type"].removeprefix(BASE_URL))
        assert (page.status_code, "UNAUTHORIZED" in page.text) == (200, True)


class TestSkills:
    async def test_there_are_none_yet(self, client):
        answer = await client.get("/.well-known/agent-skills/index.json")
        assert answer.json() == {"skills": []}

    @pytest.mark.parametrize(
        "name", ["mcp.json", "openid-configuration", "oauth-authorization-server", "oauth-protected-resource"]
    )
    async def test_what_is_not_configured_is_not_found(self, client, name):
        assert (await client.get(f"/.well-known/{name}")).status_code == 404
