import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import httpx2
import pytest
from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import StreamingResponse

from product_platform.kit.errors import NotFoundError
from product_platform.kit.http import ConnectionDep, PrincipalDep, create_domain_app
from product_platform.kit.permissions import Principal
from product_platform.kit.services import Services
from tests.product_platform.clients import make_client

pytestmark = pytest.mark.servers

router = APIRouter()


class Brand(BaseModel):
    name: str


@router.get("/brands/{key}")
async def get_brand(key: str, connection: ConnectionDep, _principal: PrincipalDep) -> Brand:
    name = await connection.fetchval("SELECT name FROM brands WHERE name_key = $1", key)
    if name is None:
        raise NotFoundError("No such brand.")
    return Brand(name=name)


@router.patch("/brands/{key}")
async def patch_brand(key: str, body: Brand, connection: ConnectionDep, _principal: PrincipalDep) -> Brand:
    await connection.execute("UPDATE brands SET name = $2 WHERE name_key = $1", key, body.name)
    return body


@router.delete("/brands/{key}", status_code=204)
async def delete_brand(key: str, connection: ConnectionDep, _principal: PrincipalDep) -> None:
    await connection.execute("DELETE FROM brands WHERE name_key = $1", key)


@router.put("/brands/{key}")
async def put_brand(key: str, body: Brand, connection: ConnectionDep) -> dict[str, bool]:
    await connection.execute("UPDATE brands SET name = $2 WHERE name_key = $1", key, body.name)
    return {"success": True}


@router.get("/public")
async def show() -> Brand:
    return Brand(name="Oats")


@router.get("/export")
async def export() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"[1,"
        yield b"2]"

    return StreamingResponse(parts(), media_type="application/json")


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    await services.database.pool.execute("INSERT INTO brands (name, name_key) VALUES ('Oats', 'oats')")
    principal = Principal(user_id=UUID(int=1))
    async with make_client(create_domain_app("Trial", router), services, principal) as client:
        yield client


PATH = "/brands/oats"


async def read_etag(client: httpx2.AsyncClient) -> str:
    return (await client.get(PATH)).headers["etag"]


class TestReading:
    async def test_what_is_shown_has_a_tag_that_changes_with_it(self, client):
        first = await read_etag(client)
        assert first == await read_etag(client)
        await client.patch(PATH, json={"name": "Rye"})
        assert await read_etag(client) != first

    async def test_who_has_it_already_gets_no_body(self, client):
        etag = await read_etag(client)
        answer = await client.get(PATH, headers={"If-None-Match": f'"other", W/{etag}'})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
        assert "content-length" not in answer.headers

    async def test_head_has_the_same_tag(self, client):
        assert (await client.head(PATH)).headers["etag"] == await read_etag(client)

    async def test_what_a_key_may_see_is_kept_by_nobody_else(self, client):
        assert (await client.get(PATH)).headers["cache-control"] == "private, no-cache"

    async def test_what_everybody_may_see_can_be_shared(self, services):
        async with make_client(create_domain_app("Trial", router), services) as stranger:
            assert "cache-control" not in (await stranger.get("/public")).headers

    async def test_a_refusal_has_no_tag(self, client):
        answer = await client.get("/brands/none", headers={"If-None-Match": "*"})
        assert (answer.status_code, "etag" in answer.headers) == (404, False)

    async def test_a_stream_goes_through_as_it_comes(self, client):
        answer = await client.get("/export")
        assert (answer.json(), "etag" in answer.headers) == ([1, 2], False)


class TestWriting:
    async def test_what_was_read_may_be_changed(self, client):
        etag = await read_etag(client)
        answer = await client.patch(PATH, json={"name": "Rye"}, headers={"If-Match": etag})
        assert answer.status_code == 200
        assert answer.headers["etag"] == await read_etag(client)

    @pytest.mark.parametrize(
        ("method", "body"), [("PATCH", {"name": "X"}), ("PUT", {"name": "X"}), ("DELETE", None)]
    )
    async def test_what_has_changed_since_may_not(self, client, method, body):
        etag = await read_etag(client)
        await client.patch(PATH, json={"name": "Rye"})
        answer = await client.request(method, PATH, json=body, headers={"If-Match": etag})
        assert (answer.status_code, answer.json()["error"]["code"]) == (412, "PRECONDITION_FAILED")
        assert (await client.get(PATH)).json() == {"name": "Rye"}

    async def test_any_version_will_do_for_an_asterisk(self, client):
        answer = await client.patch(PATH, json={"name": "Rye"}, headers={"If-Match": "*"})
        assert answer.status_code == 200

    async def test_without_a_condition_nothing_is_compared(self, client):
        assert (await client.delete(PATH)).status_code == 204

    async def test_an_answer_of_another_form_has_no_tag(self, client):
        answer = await client.put(PATH, json={"name": "Rye"})
        assert (answer.json(), "etag" in answer.headers) == ({"success": True}, False)

    async def test_of_two_who_have_read_the_same_one_succeeds(self, client):
        etag = await read_etag(client)
        headers = {"If-Match": etag}
        writes = (client.patch(PATH, json={"name": name}, headers=headers) for name in ("A", "B", "C", "D"))
        statuses = sorted(answer.status_code for answer in await asyncio.gather(*writes))
        assert statuses == [200, 412, 412, 412]

    async def test_a_body_that_is_wrong_is_refused_as_ever(self, client):
        answer = await client.patch(PATH, content="{", headers={"Content-Type": "application/json"})
        assert answer.status_code == 400
