import asyncio
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from product_platform.kit.errors import ConflictError
from product_platform.kit.http import ConnectionDep, PrincipalDep, create_domain_app
from product_platform.kit.permissions import Principal
from product_platform.kit.services import Services
from tests.product_platform.clients import make_client

pytestmark = pytest.mark.servers

KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}

router = APIRouter()


class Brand(BaseModel):
    name: str


class Rendezvous:
    """Lets a test stop an endpoint in the middle."""

    def __init__(self) -> None:
        self.reached, self.released = asyncio.Event(), asyncio.Event()


stop: Rendezvous | None = None


@router.post("/brands", status_code=201)
async def create_brand(
    body: Brand,
    _principal: PrincipalDep,
    connection: ConnectionDep,
    response: Response,
    then: Annotated[str, Query()] = "",
) -> dict[str, str]:
    sql = "INSERT INTO brands (name, name_key) VALUES ($1, $2) RETURNING id"
    brand_id: UUID = await connection.fetchval(sql, body.name, uuid4().hex)
    if then == "refuse" and body.name == "first":
        raise ConflictError("Not today.")
    if stop is not None:
        stop.reached.set()
        await stop.released.wait()
    if then == "secret":
        response.headers["Cache-Control"] = "no-store"
    response.headers["ETag"] = '"1"'
    return {"id": str(brand_id)}


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    principal = Principal(user_id=UUID(int=1), key_id=uuid4())
    async with make_client(create_domain_app("Trial", router), services, principal) as client:
        yield client


async def count_brands(services: Services) -> int:
    return await services.database.pool.fetchval("SELECT count(*) FROM brands")


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    error = answer.json()["error"]
    return answer.status_code, error["details"][0]["code"] if error["details"] else error["code"]


class TestIdempotencyKey:
    async def test_the_same_request_is_carried_out_once_and_answered_alike(self, client, services):
        first = await client.post("/brands", json={"name": "Oats"}, headers=KEY)
        again = await client.post("/brands", json={"name": "Oats"}, headers=KEY)
        assert (first.status_code, first.content) == (again.status_code, again.content)
        assert first.headers["etag"] == again.headers["etag"]
        assert again.headers["idempotency-replayed"] == "true"
        assert "idempotency-replayed" not in first.headers
        assert await count_brands(services) == 1

    async def test_without_a_key_every_request_is_carried_out(self, client, services):
        for _ in range(2):
            assert (await client.post("/brands", json={"name": "Oats"})).status_code == 201
        assert await count_brands(services) == 2

    async def test_a_key_may_stand_in_quotes_as_the_draft_standard_has_it(self, client, services):
        await client.post("/brands", json={"name": "Oats"}, headers={"Idempotency-Key": '"k-1"'})
        await client.post("/brands", json={"name": "Oats"}, headers={"Idempotency-Key": "k-1"})
        assert await count_brands(services) == 1

    @pytest.mark.parametrize("path", ["/brands", "/brands?then=x"])
    async def test_another_request_with_the_same_key_is_invalid(self, client, services, path):
        await client.post("/brands", json={"name": "Oats"}, headers=KEY)
        body = {"name": "Oats" if "?" in path else "Rye"}
        answer = await client.post(path, json=body, headers=KEY)
        assert code_of(answer) == (422, "idempotency_key_reused")
        assert answer.json()["error"]["details"][0]["field"] == "header.Idempotency-Key"
        assert await count_brands(services) == 1

    async def test_a_refused_request_may_be_tried_again(self, client, services):
        refused = await client.post("/brands?then=refuse", json={"name": "first"}, headers=KEY)
        assert refused.status_code == 409
        assert (await client.post("/brands", json={"name": "second"}, headers=KEY)).status_code == 201

    async def test_while_the_first_is_in_progress_the_second_conflicts(self, client, services):
        global stop  # noqa: PLW0603 - the endpoint looks for it
        stop = Rendezvous()
        try:
            first = asyncio.create_task(client.post("/brands", json={"name": "Oats"}, headers=KEY))
            await stop.reached.wait()
            second = await client.post("/brands", json={"name": "Oats"}, headers=KEY)
            assert code_of(second) == (409, "CONFLICT")
            stop.released.set()
            assert (await first).status_code == 201
        finally:
            stop = None
        assert await count_brands(services) == 1

    async def test_after_a_day_the_key_is_free(self, client, services, clock):
        await client.post("/brands", json={"name": "Oats"}, headers=KEY)
        clock.advance(24 * 3600)
        assert (await client.post("/brands", json={"name": "Rye"}, headers=KEY)).status_code == 201
        assert await count_brands(services) == 2

    async def test_what_has_expired_is_forgotten_as_others_come(self, client, services, clock):
        await client.post("/brands", json={"name": "Oats"}, headers=KEY)
        clock.advance(24 * 3600)
        await client.post("/brands", json={"name": "Rye"}, headers={"Idempotency-Key": "another"})
        keys = await services.database.pool.fetch("SELECT key FROM idempotency_keys")
        assert [row["key"] for row in keys] == ["another"]

    async def test_callers_do_not_share_keys(self, client, services):
        await client.post("/brands", json={"name": "Oats"}, headers=KEY)
        other = Principal(user_id=UUID(int=2))
        async with make_client(create_domain_app("Trial", router), services, other) as stranger:
            assert (await stranger.post("/brands", json={"name": "Rye"}, headers=KEY)).status_code == 201

    async def test_an_answer_that_nobody_may_store_is_not_stored(self, client, services):
        path = "/brands?then=secret"
        assert (await client.post(path, json={"name": "Oats"}, headers=KEY)).status_code == 201
        assert await services.database.pool.fetchval("SELECT body FROM idempotency_keys") is None
        assert code_of(await client.post(path, json={"name": "Oats"}, headers=KEY)) == (409, "CONFLICT")
        assert await count_brands(services) == 1

    @pytest.mark.parametrize("key", ["", "a b", "x" * 256, "é".encode()])
    async def test_a_key_that_is_none_is_invalid(self, client, services, key):
        answer = await client.post("/brands", json={"name": "Oats"}, headers={"Idempotency-Key": key})
        assert code_of(answer) == (422, "idempotency_key_invalid")
        assert await count_brands(services) == 0

    async def test_a_body_that_is_too_large_is_refused_as_ever(self, client):
        answer = await client.post("/brands", json={"name": "x" * 1024 * 1024}, headers=KEY)
        assert code_of(answer) == (413, "PAYLOAD_TOO_LARGE")
