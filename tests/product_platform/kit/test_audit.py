from collections.abc import AsyncIterator
from uuid import UUID

import httpx2
import pytest
from fastapi import APIRouter

from product_platform.kit.errors import ConflictError
from product_platform.kit.http import ConnectionDep, PrincipalDep, ServicesDep, create_domain_app
from product_platform.kit.permissions import PERMISSIONS, Permission, Principal, Role
from product_platform.kit.services import Services
from tests.product_platform.clients import make_client

pytestmark = pytest.mark.servers

OURS, THEIRS = UUID(int=1), UUID(int=2)
USER, KEY = UUID(int=3), UUID(int=4)
OWNER = Principal(
    user_id=USER, key_id=KEY, organizations=dict.fromkeys((OURS, THEIRS), PERMISSIONS[Role.OWNER])
)

router = APIRouter(tags=["trial"])
INSERT = "INSERT INTO brands (name, name_key) VALUES ('Oats', gen_random_uuid()::text)"


@router.post("/brands")
async def create_brand(principal: PrincipalDep, connection: ConnectionDep, then: str = "") -> None:
    principal.require(Permission.CLAIM, OURS)
    await connection.execute(INSERT)
    if then == "refuse":
        raise ConflictError("Not today.")
    if then == "transfer":
        principal.require(Permission.CLAIM, THEIRS)


@router.post("/brands/slowly")
async def create_slowly(principal: PrincipalDep, services: ServicesDep) -> None:
    principal.require(Permission.CLAIM, OURS)
    async with services.database.transaction() as connection:
        await connection.execute(INSERT)


@router.post("/count")
async def count(principal: PrincipalDep, connection: ConnectionDep) -> int:
    principal.require(Permission.CONTRIBUTE, OURS)
    return await connection.fetchval("SELECT count(*) FROM brands")


@router.get("/brands")
async def touch(_principal: PrincipalDep, connection: ConnectionDep) -> None:
    await connection.execute(INSERT)


@router.post("/public")
async def report(connection: ConnectionDep) -> None:
    await connection.execute(INSERT)


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    async with make_client(create_domain_app("Trial", router), services, OWNER) as client:
        yield client


async def read_log(services: Services) -> list[dict]:
    return [dict(row) for row in await services.database.pool.fetch("SELECT * FROM audit_log ORDER BY id")]


class TestAuditLog:
    async def test_a_write_says_who_did_what_where_and_when(self, client, services, clock):
        await client.post("/brands?then=x", headers={"X-Request-ID": "trace-1"})
        [entry] = await read_log(services)
        del entry["id"]
        assert entry == {
            "at": clock.now(),
            "organization_id": OURS,
            "user_id": USER,
            "key_id": KEY,
            "action": "trial.create_brand",
            "method": "POST",
            "path": "/brands",
            "request_id": "trace-1",
        }

    async def test_a_refused_write_leaves_neither_change_nor_entry(self, client, services):
        assert (await client.post("/brands?then=refuse")).status_code == 409
        assert await read_log(services) == []

    async def test_a_write_that_concerns_two_organizations_is_noted_for_both(self, client, services):
        await client.post("/brands?then=transfer")
        assert [entry["organization_id"] for entry in await read_log(services)] == [OURS, THEIRS]

    async def test_a_transaction_of_the_endpoints_own_is_noted_too(self, client, services):
        await client.post("/brands/slowly")
        assert [entry["action"] for entry in await read_log(services)] == ["trial.create_slowly"]

    async def test_a_post_that_writes_nothing_leaves_no_entry(self, client, services):
        assert (await client.post("/count")).json() == 0
        assert await read_log(services) == []

    async def test_reading_leaves_no_entry(self, client, services):
        await client.get("/brands")
        assert await read_log(services) == []

    async def test_a_stranger_is_nobody_in_particular(self, services):
        async with make_client(create_domain_app("Trial", router), services) as stranger:
            await stranger.post("/public")
        [entry] = await read_log(services)
        assert (entry["user_id"], entry["key_id"], entry["organization_id"]) == (None, None, None)

    async def test_requests_do_not_see_what_others_did(self, client, services):
        await client.post("/brands?then=transfer")
        await client.post("/brands")
        assert len(await read_log(services)) == 3
