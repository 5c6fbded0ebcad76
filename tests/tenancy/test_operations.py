"""Every operation of every API, tried by everybody, held against `operations.yaml`."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx2
import pytest
import pytest_asyncio
from redis.asyncio import Redis
from starlette.routing import Mount

from admin_api.app import create_app
from admin_api.wiring import create_domains
from product_platform.digital_link.ports import Verdict
from product_platform.kit.clock import FixedClock
from product_platform.kit.db import connect
from product_platform.kit.migrations import migrate
from product_platform.kit.services import Services
from product_platform.kit.settings import PlatformSettings
from tests.conftest import execute, with_database
from tests.tenancy.table import ACTORS, OTHERS, Operation, read_operations
from tests.tenancy.world import SECRET, OneConnection, World

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="module")]

REFUSALS = {401, 403, 404}
METHODS = {"get", "put", "post", "patch", "delete"}
OPERATIONS = read_operations()


def find_operations() -> Iterator[tuple[str, str]]:
    """Return every operation that an API documents, by domain and name."""
    for domain in create_domains():
        for path, operations in domain.app.openapi()["paths"].items():
            yield from ((domain.name, f"{method.upper()} {path}") for method in operations.keys() & METHODS)


class Nobody:
    """Stands in for the name system and for the web, where there is nobody."""

    async def find_texts(self, _name: str) -> frozenset[str]:
        return frozenset()

    async def check(self, _url: str) -> Verdict:
        return Verdict.SILENT


@pytest.fixture(scope="module")
def tenancy_url(postgres_url: str) -> str:
    """Make a database of this module's own, for it lives through many tests."""
    asyncio.run(execute(postgres_url, "CREATE DATABASE tenancy"))
    url = with_database(postgres_url, "tenancy")
    asyncio.run(migrate(url))
    return url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tenancy_url: str, valkey_url: str) -> AsyncIterator[World]:
    settings = PlatformSettings(database_url=tenancy_url, redis_url=valkey_url)
    connection, clock = await connect(tenancy_url), FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
    async with Redis.from_url(valkey_url) as bus:
        database = OneConnection(connection)
        services = Services(database=database, clock=clock, settings=settings, bus=bus)

        @asynccontextmanager
        async def lend_services() -> AsyncIterator[Services]:
            yield services

        app = create_app(lend_services)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test") as client,
        ):
            for mount in app.routes:
                if isinstance(mount, Mount):
                    mount.app.state.txt_lookup = mount.app.state.url_check = Nobody()
            world = World(services, client)
            await world.make()
            yield world
    await connection.close()


async def test_every_operation_has_its_line() -> None:
    documented = set(find_operations())
    assert documented - OPERATIONS.keys() == set(), "write these into tests/tenancy/operations.yaml"
    assert OPERATIONS.keys() - documented == set(), "these are no operations any more"


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.id)
async def test_everybody_is_answered_as_the_table_says(world: World, operation: Operation) -> None:
    found, leaks, writers = {}, {}, []
    for actor in ACTORS:
        async with world.database.trial() as trial:
            answer = await world.ask(
                actor,
                operation.method,
                operation.url(world.mount(operation.domain), world.names),
                operation.content(world.names),
                operation.type,
            )
            is_ok = answer.is_success if operation.ok is None else answer.status_code == operation.ok
            found[actor] = "ok" if is_ok else str(answer.status_code)
        if actor in OTHERS and SECRET in answer.text:
            leaks[actor] = answer.text
        if trial.has_written and answer.status_code in REFUSALS:
            writers.append(actor)
    assert found == operation.answers
    assert leaks == {}, "an organization's own is told to a stranger"
    assert writers == [], "a refused request has changed something"


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.id)
async def test_what_is_anothers_is_not_had_by_naming_ones_own_organization(
    world: World, operation: Operation
) -> None:
    names = world.find_mixed_names(operation)
    if names is None:
        return
    async with world.database.trial() as trial:
        answer = await world.ask(
            "stranger",
            operation.method,
            operation.url(world.mount(operation.domain), names),
            operation.content(names),
            operation.type,
        )
    assert SECRET not in answer.text
    assert answer.is_client_error is (operation.mixed == "refused"), answer.text
    assert not trial.has_written
