"""Real servers for the tests that need them, started once; for each test an empty database.

How long property tests look, too: with `HYPOTHESIS_PROFILE=deep` twenty times as long.
"""

import asyncio
import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from redis.asyncio import Redis

from admin_api.embedded import Postgres, Valkey
from admin_api.logs import configure_logs
from admin_api.wiring import create_events
from product_platform.account.service import passwords
from product_platform.kit.clock import FixedClock
from product_platform.kit.db import Database
from product_platform.kit.mail import make_mailer
from product_platform.kit.migrations import migrate
from product_platform.kit.services import Services
from product_platform.kit.settings import PlatformSettings
from product_platform.kit.storage import FolderStorage

BASE_URL = "https://id.example.com"

# Deleting the few rows of a test takes a tenth of the time of TRUNCATE, and a fiftieth of that of a
# new database. As a replica the session checks no foreign keys, so that any order will do.
EMPTY = """
DO $$
DECLARE
    found record;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR found IN
        SELECT oid::regclass AS name, relispartition FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND relname NOT IN ('schema_migrations', 'publish_head')
    LOOP
        IF found.relispartition THEN
            EXECUTE 'DROP TABLE ' || found.name;
        ELSE
            EXECUTE 'DELETE FROM ' || found.name;
        END IF;
    END LOOP;
    UPDATE publish_head SET seq = 0;
END $$
"""


configure_logs()

# How long an example takes says something of the machine, and nothing of the code.
settings.register_profile("usual", deadline=None)
settings.register_profile("deep", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, and waits more than it works."""
    items.sort(key=lambda item: item.path.name != "test_chaos.py")


def pytest_collection_finish() -> None:
    """Let the collector look no more at thousands of tests, which all stay."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def costly_hasher() -> Iterator[PasswordHasher]:
    """Hash passwords in no time, and give what hashes them otherwise."""
    with pytest.MonkeyPatch.context() as patch:
        costly = passwords._HASHER
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))
        yield costly


@contextmanager
def open_folder() -> Iterator[Path]:
    """Make a short-lived folder that the servers' user can reach."""
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
    """Start a Postgres for this test run; its first database stays empty."""
    with open_folder() as folder, Postgres(folder) as postgres:
        yield postgres.url


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """Start a Valkey for this test run, shared by its tests."""
    with open_folder() as folder, Valkey(folder) as valkey:
        yield valkey.url


@pytest.fixture(scope="session")
def migrated_url(postgres_url: str) -> str:
    """Make the database that the tests of this run share, one after the other."""
    asyncio.run(execute(postgres_url, "CREATE DATABASE migrated"))
    url = with_database(postgres_url, "migrated")
    asyncio.run(migrate(url))
    return url


@pytest.fixture
async def database_url(migrated_url: str) -> str:
    """Empty the database for one test and say where it is."""
    await execute(migrated_url, EMPTY)
    return migrated_url


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
    database: Database, database_url: str, valkey_url: str, clock: FixedClock, tmp_path: Path
) -> AsyncIterator[Services]:
    settings = PlatformSettings(database_url=database_url, redis_url=valkey_url, base_url=BASE_URL)
    async with Redis.from_url(valkey_url) as bus:
        # Clocks of tests stand still, so that counts would go on from one to the next.
        counts = [key async for key in bus.scan_iter("rate:*")]
        await bus.delete("rate:none", *counts)
        storage = FolderStorage(tmp_path / "files")
        yield Services(
            database=database,
            clock=clock,
            settings=settings,
            bus=bus,
            storage=storage,
            events=create_events(),
            mailer=make_mailer(settings, clock, storage),
        )
