"""The catalogue of targets over HTTP, and how it follows the rules."""

from uuid import UUID

import httpx2
import pytest

from product_platform.digital_link import CustomUrls, CustomUrlStatus
from product_platform.kit.ids import to_short
from product_platform.kit.permissions import Role
from product_platform.kit.services import Services
from tests.product_platform.catalogue import clear_outbox, make_principal, read_outbox
from tests.product_platform.digital_link.conftest import codes, create_rule, make_resolver_client

pytestmark = pytest.mark.servers

URL = "https://example.com/a"
UNKNOWN = "2222222222222222222223"


async def list_urls(client: httpx2.AsyncClient, path: str) -> list[str]:
    return [entry["url"] for entry in (await client.get(path)).json()["data"]]


async def set_status(services: Services, organization: UUID, status: CustomUrlStatus) -> None:
    async with services.database.transaction() as connection:
        await CustomUrls(services.clock).set_status(connection, organization, URL, status=status)


class TestCreate:
    async def test_answers_the_entry(
        self, client: httpx2.AsyncClient, urls_path: str, organization: UUID
    ) -> None:
        answer = await client.post(urls_path, json={"url": URL})
        assert answer.status_code == 201
        assert answer.json() == {
            "id": answer.json()["id"],
            "url": URL,
            "status": "UNKNOWN",
            "organization_id": to_short(organization),
            "created": "2026-03-01T12:00:00Z",
            "modified": "2026-03-01T12:00:00Z",
            "last_checked_at": None,
        }
        assert (await client.get(f"{urls_path}/{answer.json()['id']}")).json() == answer.json()

    async def test_twice(self, client: httpx2.AsyncClient, urls_path: str) -> None:
        await client.post(urls_path, json={"url": URL})
        assert (await client.post(urls_path, json={"url": URL})).status_code == 409

    async def test_refusals(self, client: httpx2.AsyncClient, urls_path: str) -> None:
        for url, code in {
            "/relative": "custom_url_not_absolute",
            "ftp://example.com": "custom_url_not_absolute",
            f"https://example.com/{'x' * 2048}": "custom_url_too_long",
        }.items():
            assert codes(await client.post(urls_path, json={"url": url})) == {"url": code}

    async def test_status_is_not_written(self, client: httpx2.AsyncClient, urls_path: str) -> None:
        answer = await client.post(urls_path, json={"url": URL, "status": "HEALTHY"})
        assert answer.status_code == 422


class TestPut:
    async def test_nothing_is_known_of_the_new_url(
        self, client: httpx2.AsyncClient, urls_path: str, organization: UUID, services: Services
    ) -> None:
        entry = (await client.post(urls_path, json={"url": URL})).json()
        await set_status(services, organization, CustomUrlStatus.UNREACHABLE)
        answer = await client.put(f"{urls_path}/{entry['id']}", json={"url": f"{URL}b"})
        assert answer.status_code == 200
        assert (answer.json()["url"], answer.json()["status"]) == (f"{URL}b", "UNKNOWN")
        assert answer.json()["last_checked_at"] is None

    async def test_a_url_that_is_there(self, client: httpx2.AsyncClient, urls_path: str) -> None:
        await client.post(urls_path, json={"url": URL})
        other = (await client.post(urls_path, json={"url": f"{URL}b"})).json()
        assert (await client.put(f"{urls_path}/{other['id']}", json={"url": URL})).status_code == 409

    async def test_rules_keep_their_url_and_its_entry(
        self, client: httpx2.AsyncClient, urls_path: str, rules_path: str, services: Services
    ) -> None:
        rule = await create_rule(client, rules_path, custom_url=URL)
        await clear_outbox(services.database)
        entry = (await client.get(urls_path)).json()["data"][0]
        await client.put(f"{urls_path}/{entry['id']}", json={"url": f"{URL}b"})
        assert (await client.get(f"/resolution-rules/{rule['id']}")).json()["custom_url"] == URL
        assert await list_urls(client, urls_path) == [URL, f"{URL}b"]
        assert len(await read_outbox(services.database)) == 1

    async def test_unknown(self, client: httpx2.AsyncClient, urls_path: str) -> None:
        assert (await client.put(f"{urls_path}/{UNKNOWN}", json={"url": URL})).status_code == 404


class TestDelete:
    async def test_is_gone(self, client: httpx2.AsyncClient, urls_path: str) -> None:
        entry = (await client.post(urls_path, json={"url": URL})).json()
        answer = await client.delete(f"{urls_path}/{entry['id']}")
        assert (answer.status_code, answer.json()) == (200, {"success": True})
        assert (await client.get(f"{urls_path}/{entry['id']}")).status_code == 404

    async def test_while_a_rule_leads_there(
        self, client: httpx2.AsyncClient, urls_path: str, rules_path: str
    ) -> None:
        await create_rule(client, rules_path, custom_url=URL)
        entry = (await client.get(urls_path)).json()["data"][0]
        assert (await client.delete(f"{urls_path}/{entry['id']}")).status_code == 409


class TestRules:
    async def test_an_entry_leaves_with_the_last_rule_that_made_it(
        self, client: httpx2.AsyncClient, urls_path: str, rules_path: str
    ) -> None:
        first, second = [await create_rule(client, rules_path, custom_url=URL) for _ in range(2)]
        await client.delete(f"/resolution-rules/{first['id']}")
        assert await list_urls(client, urls_path) == [URL]
        await client.patch(f"/resolution-rules/{second['id']}", json={"custom_url": f"{URL}b"})
        assert await list_urls(client, urls_path) == [f"{URL}b"]

    async def test_an_entry_that_somebody_made_stays(
        self, client: httpx2.AsyncClient, urls_path: str, rules_path: str
    ) -> None:
        await client.post(urls_path, json={"url": URL})
        rule = await create_rule(client, rules_path, custom_url=URL)
        await client.delete(f"/resolution-rules/{rule['id']}")
        assert await list_urls(client, urls_path) == [URL]


class TestSetStatus:
    async def test_rules_that_lead_there_are_published_anew(
        self,
        client: httpx2.AsyncClient,
        rules_path: str,
        urls_path: str,
        organization: UUID,
        services: Services,
    ) -> None:
        await create_rule(client, rules_path, custom_url=URL)
        await clear_outbox(services.database)
        await set_status(services, organization, CustomUrlStatus.UNREACHABLE)
        assert await read_outbox(services.database) == {f"org/{to_short(organization)}"}
        entry = (await client.get(urls_path)).json()["data"][0]
        assert (entry["status"], entry["last_checked_at"]) == ("UNREACHABLE", "2026-03-01T12:00:00Z")

    async def test_the_same_status_again(
        self, client: httpx2.AsyncClient, rules_path: str, organization: UUID, services: Services
    ) -> None:
        await create_rule(client, rules_path, custom_url=URL)
        await clear_outbox(services.database)
        await set_status(services, organization, CustomUrlStatus.UNKNOWN)
        assert await read_outbox(services.database) == set()


class TestPermissions:
    async def test_an_editor_may_write(self, urls_path: str, organization: UUID, services: Services) -> None:
        async with make_resolver_client(services, make_principal(organization, role=Role.EDITOR)) as editor:
            assert (await editor.post(urls_path, json={"url": URL})).status_code == 201

    async def test_a_reader_may_not(
        self, client: httpx2.AsyncClient, urls_path: str, organization: UUID, services: Services
    ) -> None:
        entry = (await client.post(urls_path, json={"url": URL})).json()
        path = f"{urls_path}/{entry['id']}"
        async with make_resolver_client(services, make_principal(organization, role=Role.READONLY)) as reader:
            assert (await reader.get(path)).status_code == 200
            assert (await reader.post(urls_path, json={"url": f"{URL}b"})).status_code == 404
            assert (await reader.put(path, json={"url": f"{URL}b"})).status_code == 404
            assert (await reader.delete(path)).status_code == 404

    async def test_a_stranger_sees_nothing(self, urls_path: str, services: Services) -> None:
        async with make_resolver_client(services, make_principal()) as stranger:
            assert (await stranger.get(urls_path)).status_code == 404
