"""Real servers for the tests that need them, started once; a database of its own for each test."""

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from admin_api.embedded import Postgres, Valkey
from product_platform.kit.clock import FixedClock
from product_platform.kit.db import Database
from product_platform.kit.migrations import migrate
from product_platform.kit.services import Services
from product_platform.kit.settings import PlatformSettings

TEMPLATE = "migrated"
BASE_URL = "https://id.example.com"

_numbers = itertools.count(1)


@contextmanager
def open_folder() -> Iterator[Path]:
    """A short-lived folder that the servers' user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="signpost-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def with_database(url: str, name: str) -> str:
    """Return *url* with another database in it."""
    return url.replace("/postgres?", f"/{name}?")


async def execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A Postgres of this test run, with a migrated template database."""
    with open_folder() as folder, Postgres(folder) as postgres:
        asyncio.run(execute(postgres.url, f"CREATE DATABASE {TEMPLATE}"))
        asyncio.run(migrate(with_database(postgres.url, TEMPLATE)))
        yield postgres.url


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A Valkey of this test run, shared by its tests."""
    with open_folder() as folder, Valkey(folder) as valkey:
        yield valkey.url


@pytest.fixture
async def database_url(postgres_url: str) -> AsyncIterator[str]:
    """A migrated, empty database that this test alone uses."""
    name = f"test_{next(_numbers)}"
    await execute(postgres_url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield with_database(postgres_url, name)
    await execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    yield database
    await database.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))


@pytest.fixture
async def services(
    database: Database, database_url: str, valkey_url: str, clock: FixedClock
) -> AsyncIterator[Services]:
    settings = PlatformSettings(database_url=database_url, redis_url=valkey_url, base_url=BASE_URL)
    async with Redis.from_url(valkey_url) as bus:
        yield Services(database=database, clock=clock, settings=settings, bus=bus)
