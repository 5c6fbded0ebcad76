"""One service for each module of tests here, with a database that stays as it is."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.openapi.service import Service
from tests.tenancy.world import make_database, open_world


@pytest.fixture(scope="module")
def service(request: pytest.FixtureRequest, postgres_url: str, valkey_url: str) -> Iterator[Service]:
    url = make_database(postgres_url, request.module.__name__.rpartition(".")[2])
    with asyncio.Runner() as runner:
        opened = open_world(url, valkey_url)
        yield Service(runner, runner.run(opened.__aenter__()))
        runner.run(opened.__aexit__(None, None, None))
