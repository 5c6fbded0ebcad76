"""Every case of every table, sent to the whole API."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from admin_api.wiring import create_domains
from product_platform.kit.clock import FixedClock
from product_platform.kit.services import Services
from tests.contract.matching import find_difference
from tests.contract.table import Case, Request, Table, read_tables
from tests.contract.world import World, find_domain_world, make_world
from tests.whole_api import running_api

pytestmark = pytest.mark.servers

TABLES = read_tables()
MOUNTS = {domain.name: domain.mount for domain in create_domains()}


@pytest.fixture
async def world(services: Services, clock: FixedClock) -> AsyncIterator[World]:
    async with (
        running_api(services) as app,
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test") as client,
    ):
        yield await make_world(services, clock, client)


def group_cases() -> list[object]:
    """Return the cases that share a world: what is refused changes nothing, so that others may follow."""
    groups: dict[str, tuple[Table, list[Case]]] = {}
    for table in TABLES:
        for case in table.cases:
            is_refused = case.request.status >= 400 and not case.then
            name = " ".join((case.endpoint.call, "refused", *case.request.given)) if is_refused else case.name
            groups.setdefault(f"{table.domain}: {name}", (table, []))[1].append(case)
    return [pytest.param(*group, id=name) for name, group in groups.items()]


@pytest.mark.parametrize(("table", "cases"), group_cases())
async def test_the_answer_is_that_of_the_contract(world: World, table: Table, cases: list[Case]) -> None:
    await find_domain_world(table.domain).prepare(world)
    await happen(world, table, cases[0].request)
    problems = []
    for case in cases:
        try:
            await check(world, table, case.request)
            for request in case.then:
                await happen(world, table, request)
                await check(world, table, request)
        except AssertionError as problem:
            problems.append(f"{case.name}: {problem}")
    assert problems == []


async def happen(world: World, table: Table, request: Request) -> None:
    """Let happen what is given before the request."""
    for given in request.given:
        await find_domain_world(table.domain).GIVEN[given](world)


async def check(world: World, table: Table, request: Request) -> None:
    answer = await world.send(MOUNTS[table.domain], table.places, request)
    assert answer.status_code == request.status, f"{request.call}: {answer.text}"
    if request.field is not None:
        fields = [detail["field"] for detail in answer.json()["error"]["details"]]
        assert request.field in fields, answer.text
    if request.status >= 400:
        assert answer.json()["error"]["status"] == request.status
    if request.status in {204, 304}:
        assert answer.content == b""
    difference = find_difference(world.fill(request.want_headers), answer.headers, "headers")
    assert difference is None, f"{request.call}: {difference}"
    if request.want is not None:
        difference = find_difference(world.fill(request.want), answer.json())
        assert difference is None, f"{request.call}: {difference}"
