"""Hosts over HTTP: asked for, proved by a record in the DNS, published, and given up."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx2
import pytest

from product_platform.digital_link import router
from product_platform.kit.db import Connection
from product_platform.kit.dns import DnsTxtLookup
from product_platform.kit.ids import to_short
from product_platform.kit.permissions import Principal, Role
from product_platform.kit.services import Services
from rules_compiler.compiler import compile_slice
from rules_compiler.dict_table import DictTable
from tests.conftest import BASE_URL
from tests.product_platform.catalogue import clear_outbox, make_organization, make_principal, read_outbox
from tests.product_platform.clients import make_app, make_client
from tests.product_platform.digital_link.conftest import (
    GTIN,
    OTHER_GTIN,
    announce_changes,
    codes,
    make_product,
    make_publisher,
    read_slices,
)
from tests.product_platform.name_server import NameServer, running_name_server
from tests.resolver.edge_client import ROOT, EdgeClient, Reply

pytestmark = pytest.mark.servers

NAME = "id.meadow.example"
KEY = f"host/{NAME}"
UNKNOWN = "2222222222222222222223"


@pytest.fixture
async def server() -> AsyncIterator[NameServer]:
    async with running_name_server() as server:
        yield server


def make_host_client(
    services: Services, server: NameServer, principal: Principal | None
) -> httpx2.AsyncClient:
    app = make_app("Resolver", router)
    app.state.txt_lookup = DnsTxtLookup(server.address)
    return make_client(app, services, principal)


@pytest.fixture
async def client(
    services: Services, server: NameServer, organization: UUID
) -> AsyncIterator[httpx2.AsyncClient]:
    async with make_host_client(services, server, make_principal(organization)) as client:
        yield client


@pytest.fixture
def path(organization: UUID) -> str:
    return f"/organizations/{to_short(organization)}/hosts"


@pytest.fixture
async def rival(services: Services) -> UUID:
    return await make_organization(services.database, "Rival Foods")


@pytest.fixture
async def rival_client(
    services: Services, server: NameServer, rival: UUID
) -> AsyncIterator[httpx2.AsyncClient]:
    async with make_host_client(services, server, make_principal(rival)) as client:
        yield client


@pytest.fixture
def rival_path(rival: UUID) -> str:
    return f"/organizations/{to_short(rival)}/hosts"


async def ask_for(client: httpx2.AsyncClient, path: str, name: str = NAME) -> dict[str, Any]:
    answer = await client.post(path, json={"name": name})
    assert answer.status_code == 201, answer.text
    host: dict[str, Any] = answer.json()
    return host


async def verify(client: httpx2.AsyncClient, path: str, host: dict[str, Any]) -> httpx2.Response:
    return await client.post(f"{path}/{host['id']}/verify")


async def bind(client: httpx2.AsyncClient, path: str, server: NameServer) -> dict[str, Any]:
    host = await ask_for(client, path)
    server.set_text(host["record"]["name"], host["record"]["value"])
    assert (await verify(client, path, host)).status_code == 200
    return host


async def is_allowed(client: httpx2.AsyncClient, name: str = NAME) -> bool:
    answer = await client.get("/hosts/allowed", params={"domain": name})
    assert answer.status_code in {200, 404}
    return answer.status_code == 200


class TestCreate:
    async def test_answers_the_record_to_set(
        self, client: httpx2.AsyncClient, path: str, organization: UUID
    ) -> None:
        host = await ask_for(client, path)
        value = host["record"]["value"]
        assert host == {
            "id": host["id"],
            "organization_id": to_short(organization),
            "name": NAME,
            "record": {"type": "TXT", "name": f"_signpost.{NAME}", "value": value},
            "verified_at": None,
            "created": "2026-03-01T12:00:00Z",
            "modified": "2026-03-01T12:00:00Z",
        }
        assert value.startswith("signpost-verify=")
        assert (await client.get(f"{path}/{host['id']}")).json() == host
        assert (await client.get(path)).json()["data"] == [host]

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("ID.Meadow.Example.", NAME),
            ("Bücher.example", "xn--bcher-kva.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ],
    )
    async def test_a_name_has_one_spelling(
        self, client: httpx2.AsyncClient, path: str, text: str, name: str
    ) -> None:
        assert (await ask_for(client, path, text))["name"] == name

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "localhost",
            "192.0.2.7",
            "[2001:db8::1]",
            "*.meadow.example",
            "id.meadow.example:443",
            "https://id.meadow.example",
            "id meadow.example",
            "id..example",
            f"{'a' * 64}.example",
            ".".join(["a" * 61] * 4),
        ],
    )
    async def test_no_host_name(self, client: httpx2.AsyncClient, path: str, name: str) -> None:
        assert codes(await client.post(path, json={"name": name})) == {"name": "host_name_invalid"}

    async def test_the_name_of_the_service_itself(self, client: httpx2.AsyncClient, path: str) -> None:
        name = BASE_URL.removeprefix("https://").upper()
        assert codes(await client.post(path, json={"name": name})) == {"name": "host_reserved"}

    async def test_twice(self, client: httpx2.AsyncClient, path: str) -> None:
        await ask_for(client, path)
        assert (await client.post(path, json={"name": NAME.upper()})).status_code == 409

    async def test_two_may_ask_for_one_name(
        self, client: httpx2.AsyncClient, path: str, rival_client: httpx2.AsyncClient, rival_path: str
    ) -> None:
        ours, theirs = await ask_for(client, path), await ask_for(rival_client, rival_path)
        assert ours["record"]["name"] == theirs["record"]["name"]
        assert ours["record"]["value"] != theirs["record"]["value"]


class TestVerify:
    async def test_binds_a_host_whose_record_is_there(
        self, client: httpx2.AsyncClient, path: str, server: NameServer, services: Services
    ) -> None:
        host = await ask_for(client, path)
        server.set_text(host["record"]["name"], "v=spf1 -all", host["record"]["value"])
        answer = await verify(client, path, host)
        assert (answer.status_code, answer.json()["verified_at"]) == (200, "2026-03-01T12:00:00Z")
        assert await read_outbox(services.database) == {KEY}

    @pytest.mark.parametrize("texts", [(), ("signpost-verify=other",)])
    async def test_without_the_record_it_says_which_one_is_missing(
        self,
        client: httpx2.AsyncClient,
        path: str,
        server: NameServer,
        services: Services,
        texts: tuple[str, ...],
    ) -> None:
        host = await ask_for(client, path)
        server.set_text(host["record"]["name"], *texts)
        answer = await verify(client, path, host)
        assert codes(answer) == {"record": "host_record_missing"}
        message = answer.json()["error"]["details"][0]["message"]
        assert host["record"]["name"] in message
        assert host["record"]["value"] in message
        assert await read_outbox(services.database) == set()

    async def test_while_the_dns_is_away(
        self, client: httpx2.AsyncClient, path: str, server: NameServer
    ) -> None:
        host = await ask_for(client, path)
        server.fails = True
        answer = await verify(client, path, host)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")

    async def test_a_bound_host_stays_bound(
        self, client: httpx2.AsyncClient, path: str, server: NameServer
    ) -> None:
        host = await bind(client, path, server)
        server.records.clear()
        assert (await verify(client, path, host)).status_code == 200

    async def test_a_name_that_another_organization_proves_is_taken(
        self,
        client: httpx2.AsyncClient,
        path: str,
        rival_client: httpx2.AsyncClient,
        rival_path: str,
        server: NameServer,
    ) -> None:
        ours, theirs = await bind(client, path, server), await ask_for(rival_client, rival_path)
        server.set_text(ours["record"]["name"], ours["record"]["value"], theirs["record"]["value"])
        assert (await verify(rival_client, rival_path, theirs)).status_code == 409

    async def test_a_name_changes_hands_with_its_record(
        self,
        client: httpx2.AsyncClient,
        path: str,
        rival_client: httpx2.AsyncClient,
        rival_path: str,
        server: NameServer,
    ) -> None:
        ours, theirs = await bind(client, path, server), await ask_for(rival_client, rival_path)
        server.set_text(theirs["record"]["name"], theirs["record"]["value"])
        assert (await verify(rival_client, rival_path, theirs)).status_code == 200
        assert (await client.get(f"{path}/{ours['id']}")).json()["verified_at"] is None

    async def test_of_two_at_once_one_is_bound(
        self,
        client: httpx2.AsyncClient,
        path: str,
        rival_client: httpx2.AsyncClient,
        rival_path: str,
        server: NameServer,
    ) -> None:
        ours, theirs = await ask_for(client, path), await ask_for(rival_client, rival_path)
        server.set_text(ours["record"]["name"], ours["record"]["value"], theirs["record"]["value"])
        answers = await asyncio.gather(
            verify(client, path, ours), verify(rival_client, rival_path, theirs), verify(client, path, ours)
        )
        first, second, third = (answer.status_code for answer in answers)
        assert {first, second} == {200, 409}
        assert first == third

    async def test_unknown(self, client: httpx2.AsyncClient, path: str) -> None:
        assert (await client.post(f"{path}/{UNKNOWN}/verify")).status_code == 404


class TestDelete:
    async def test_is_gone(
        self, client: httpx2.AsyncClient, path: str, server: NameServer, services: Services
    ) -> None:
        host = await bind(client, path, server)
        await clear_outbox(services.database)
        answer = await client.delete(f"{path}/{host['id']}")
        assert (answer.status_code, answer.json()) == (200, {"success": True})
        assert (await client.get(f"{path}/{host['id']}")).status_code == 404
        assert await read_outbox(services.database) == {KEY}

    async def test_an_unproved_one_was_never_published(
        self, client: httpx2.AsyncClient, path: str, services: Services
    ) -> None:
        host = await ask_for(client, path)
        await client.delete(f"{path}/{host['id']}")
        assert await read_outbox(services.database) == set()


class TestAllowed:
    async def test_a_bound_host_in_any_spelling(
        self, client: httpx2.AsyncClient, path: str, server: NameServer
    ) -> None:
        await bind(client, path, server)
        assert await is_allowed(client)
        assert await is_allowed(client, f"{NAME.upper()}.")

    async def test_nobody_needs_a_key(
        self, client: httpx2.AsyncClient, path: str, server: NameServer, services: Services
    ) -> None:
        await bind(client, path, server)
        async with make_host_client(services, server, None) as stranger:
            assert await is_allowed(stranger)

    async def test_a_host_that_is_not_proved_or_given_up(
        self, client: httpx2.AsyncClient, path: str, server: NameServer
    ) -> None:
        host = await ask_for(client, path)
        assert not await is_allowed(client)
        server.set_text(host["record"]["name"], host["record"]["value"])
        await verify(client, path, host)
        await client.delete(f"{path}/{host['id']}")
        assert not await is_allowed(client)

    @pytest.mark.parametrize("name", ["other.example", "", BASE_URL.removeprefix("https://"), "ü"])
    async def test_other_names(self, client: httpx2.AsyncClient, name: str) -> None:
        assert not await is_allowed(client, name)

    async def test_the_host_of_an_organization_that_is_gone(
        self, client: httpx2.AsyncClient, path: str, server: NameServer, services: Services
    ) -> None:
        await bind(client, path, server)
        await services.database.pool.execute("UPDATE organizations SET deleted_at = now()")
        assert not await is_allowed(client)


class TestPermissions:
    @pytest.mark.parametrize("role", [Role.READONLY, Role.EDITOR, Role.BILLING])
    async def test_who_may_not_change_rules_may_only_look(
        self,
        client: httpx2.AsyncClient,
        path: str,
        server: NameServer,
        organization: UUID,
        services: Services,
        role: Role,
    ) -> None:
        host = await ask_for(client, path)
        one = f"{path}/{host['id']}"
        async with make_host_client(services, server, make_principal(organization, role=role)) as other:
            assert (await other.get(one)).status_code == 200
            assert (await other.post(path, json={"name": "b.example"})).status_code == 404
            assert (await other.post(f"{one}/verify")).status_code == 404
            assert (await other.delete(one)).status_code == 404

    async def test_a_stranger_sees_nothing(
        self, client: httpx2.AsyncClient, path: str, rival_client: httpx2.AsyncClient, rival_path: str
    ) -> None:
        host = await ask_for(client, path)
        assert (await rival_client.get(path)).status_code == 404
        assert (await rival_client.get(f"{rival_path}/{host['id']}")).status_code == 404
        assert (await rival_client.post(f"{rival_path}/{host['id']}/verify")).status_code == 404


class TestPublication:
    @pytest.fixture
    def scan(self, services: Services, connection: Connection) -> Any:
        """Publish what waits, and scan a product at the host."""
        publisher = make_publisher(connection, services, compile_one=compile_slice)

        async def scan(gtin: str) -> Reply:
            await publisher.publish_once()
            edge = EdgeClient(None)
            slices = await read_slices(services.database)
            packed = {key: value for key, (_, value) in slices.items() if value is not None}
            edge.holder.replace(DictTable(1, packed))
            # The client has an event loop of its own.
            return await asyncio.to_thread(edge.get, f"/01/{gtin}", host=NAME)

        return scan

    @pytest.fixture(autouse=True)
    async def products(self, services: Services, organization: UUID, rival: UUID) -> None:
        for gtin, owner in ((GTIN, organization), (OTHER_GTIN, rival)):
            await make_product(services.database, gtin, owner)
            keys = [f"01/{gtin}", f"org/{to_short(owner)}"]
            await announce_changes(services.database, None, *keys)

    async def test_the_edge_answers_at_a_host_until_it_is_given_up(
        self, client: httpx2.AsyncClient, path: str, server: NameServer, services: Services, scan: Any
    ) -> None:
        assert (await scan(OTHER_GTIN)).location == f"{ROOT}/p/01/{OTHER_GTIN}"
        host = await bind(client, path, server)
        assert (await scan(GTIN)).location == f"https://{NAME}/p/01/{GTIN}"
        assert (await scan(OTHER_GTIN)).status == 404
        await client.delete(f"{path}/{host['id']}")
        assert (await scan(OTHER_GTIN)).location == f"{ROOT}/p/01/{OTHER_GTIN}"
        assert (await read_slices(services.database))[KEY][1] is None
