import pytest

from admin_api.wiring import create_domains
from tests.conftest import BASE_URL

pytestmark = pytest.mark.servers

CATALOG = "/.well-known/api-catalog"


class TestCatalog:
    async def test_it_lists_every_api_by_name_with_where_it_describes_itself(self, client):
        answer = await client.get(CATALOG)
        assert answer.headers["content-type"] == (
            'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
        )
        assert answer.headers["cache-control"] == "public, max-age=3600"
        entries = answer.json()["linkset"]
        mounts = [domain.mount for domain in create_domains()]
        assert mounts == sorted(mounts)
        assert [entry["anchor"] for entry in entries] == [f"{BASE_URL}{mount}/" for mount in mounts]
        assert entries[0]["service-desc"] == [
            {
                "href": f"{BASE_URL}/account/api/v1/openapi.json",
                "type": "application/openapi+json",
            }
        ]

    async def test_every_description_is_there(self, client):
        for entry in (await client.get(CATALOG)).json()["linkset"]:
            description = entry["service-desc"][0]
            answer = await client.get(description["href"].removeprefix(BASE_URL))
            assert answer.headers["content-type"] == description["type"]
            assert answer.json()["servers"] == [{"url": entry["anchor"].removesuffix("/")}]

    async def test_who_has_it_already_gets_no_body(self, client):
        etag = (await client.get(CATALOG)).headers["etag"]
        answer = await client.get(CATALOG, headers={"If-None-Match": etag})
        assert (answer.status_code, answer.content) == (304, b"")

    async def test_it_is_only_read(self, client):
        assert (await client.head(CATALOG)).status_code == 200
        answer = await client.post(CATALOG)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
