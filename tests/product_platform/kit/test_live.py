"""`Prefer: live`: a write answers when the workers serve it, or names those that do not."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated

import httpx2
import pytest
from fastapi import APIRouter, Body
from redis.asyncio import Redis

from product_platform.kit.db import Database
from product_platform.kit.errors import ConflictError
from product_platform.kit.http import ConnectionDep, Success, create_domain_app
from product_platform.kit.live import read_wait
from product_platform.kit.outbox import record_changes
from product_platform.kit.services import Services
from rules_compiler.heartbeat import WORKERS, served_key
from tests.product_platform.clients import make_client

router = APIRouter()


@router.post("/changes")
async def change(connection: ConnectionDep, keys: Annotated[list[str], Body()]) -> Success:
    await record_changes(connection, keys, None)
    if "refused" in keys:
        raise ConflictError("No.")
    return Success()


@router.get("/changes")
async def read(_connection: ConnectionDep) -> Success:
    return Success()


def wait_of(prefer: str, method: str = "POST") -> int | None:
    return read_wait({"type": "http", "method": method, "headers": [(b"prefer", prefer.encode())]})


class TestReadWait:
    @pytest.mark.parametrize(
        ("prefer", "wait_s"),
        [
            ("live", 2),
            ("Live, wait=5", 5),
            ("respond-async, wait=1, live", 1),
            ("live, wait=99", 10),
            ("live, wait=soon", 2),
            ("live; foo=bar, wait=0", 0),
        ],
    )
    def test_a_write_tells_how_long_it_waits(self, prefer: str, wait_s: int) -> None:
        assert wait_of(prefer) == wait_s

    @pytest.mark.parametrize("prefer", ["", "wait=5", "alive"])
    def test_nothing_waits_that_does_not_ask(self, prefer: str) -> None:
        assert wait_of(prefer) is None

    def test_a_read_waits_for_nothing(self) -> None:
        assert wait_of("live", "GET") is None


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    await services.bus.delete(WORKERS)
    async with make_client(create_domain_app("Test", router), services) as client:
        yield client
    await services.bus.delete(WORKERS)


async def beat(services: Services, **numbers: int) -> None:
    """Let workers tell which table they serve."""
    for name, number in numbers.items():
        await services.bus.zadd(WORKERS, {name: 0})
        await services.bus.set(served_key(name), number, px=60_000)


async def publish(database: Database, seq: int) -> None:
    """Do what the publisher does with every change, once there is one."""
    async with asyncio.timeout(10):
        done = None
        while done is None:
            await asyncio.sleep(0.01)
            done = await database.pool.fetchval(
                "UPDATE outbox SET done_at = now(), seq = $1 RETURNING id", seq
            )


def ask(client: httpx2.AsyncClient, prefer: str, *keys: str) -> asyncio.Task[httpx2.Response]:
    return asyncio.create_task(client.post("/changes", json=keys, headers={"prefer": prefer}))


@pytest.mark.servers
class TestLiveMiddleware:
    async def test_it_answers_when_every_worker_serves_the_change(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        await beat(services, one=6, other=6)
        asked = ask(client, "live, wait=10", "org/a")
        await publish(services.database, 7)
        await beat(services, one=7)
        assert not asked.done()
        await beat(services, other=8)
        answer = await asked
        assert answer.json() == {"success": True}
        assert answer.headers["preference-applied"] == "live"
        assert "signpost-missing" not in answer.headers

    async def test_it_names_who_is_missing_at_the_deadline(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        await beat(services, one=7, late=6, other=5)
        asked = ask(client, "live, wait=1", "org/a")
        await publish(services.database, 7)
        answer = await asked
        assert answer.status_code == 200
        assert set(answer.headers["signpost-missing"].split(", ")) == {"late", "other"}
        assert "preference-applied" not in answer.headers

    async def test_a_worker_that_is_not_heard_is_not_waited_for(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        await beat(services, one=7, gone=1)
        await services.bus.delete(served_key("gone"))
        asked = ask(client, "live, wait=10", "org/a")
        await publish(services.database, 7)
        assert (await asked).headers["preference-applied"] == "live"

    async def test_what_is_not_published_is_missing_everywhere(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        await beat(services, one=7)
        answer = await ask(client, "live, wait=1", "org/a")
        assert answer.headers["signpost-missing"] == "one"

    async def test_a_write_that_changes_nothing_is_live(self, client: httpx2.AsyncClient) -> None:
        answer = await ask(client, "live, wait=1")
        assert answer.headers["preference-applied"] == "live"

    async def test_a_bus_that_is_away_tells_nothing(self, services: Services) -> None:
        nowhere = replace(services, bus=Redis.from_url("unix:///nowhere/valkey.sock"))
        async with make_client(create_domain_app("Test", router), nowhere) as client:
            answer = await ask(client, "live, wait=10", "org/a")
        assert answer.status_code == 200
        assert answer.headers["signpost-missing"] == "*"

    async def test_a_refusal_does_not_wait(self, client: httpx2.AsyncClient) -> None:
        answer = await ask(client, "live, wait=10", "refused")
        assert answer.status_code == 409
        assert not {"preference-applied", "signpost-missing"} & answer.headers.keys()

    async def test_nothing_is_said_to_who_does_not_ask(self, client: httpx2.AsyncClient) -> None:
        for answer in (await ask(client, "wait=10", "org/a"), await client.get("/changes")):
            assert answer.status_code == 200
            assert not {"preference-applied", "signpost-missing"} & answer.headers.keys()
