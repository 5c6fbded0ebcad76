from dataclasses import replace

import asyncpg
import httpx2
import pytest
from starlette.applications import Starlette

from product_platform.kit.db import Database
from product_platform.kit.services import Services

pytestmark = pytest.mark.servers


class TestApp:
    async def test_it_is_healthy(self, client):
        answer = await client.get("/healthz")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})

    @pytest.mark.parametrize("path", ["/", "/nothing", "/account/api/v1", "/account/api/v1/nothing"])
    async def test_an_unknown_path_has_the_error_envelope(self, client, path):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "NOT_FOUND"
        assert answer.headers["x-request-id"]

    async def test_the_id_of_a_request_is_the_same_inside_and_outside(self, client):
        answer = await client.get("/account/api/v1/whoami", headers={"X-Request-ID": "trace-1"})
        assert answer.headers.get_list("x-request-id") == ["trace-1"]

    async def test_while_the_database_is_away_the_api_is_unavailable(
        self, app: Starlette, client: httpx2.AsyncClient, services: Services, raw_key, tmp_path
    ):
        async with asyncpg.create_pool(f"postgresql://user@/none?host={tmp_path}", min_size=0) as pool:
            app.state.services = replace(services, database=Database(pool))
            answer = await client.get("/account/api/v1/whoami", headers={"X-API-Key": raw_key})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")
