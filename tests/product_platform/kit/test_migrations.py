import asyncio

import asyncpg
import pytest

from product_platform.kit.migrations import Migration, MigrationChangedError, migrate, read_migrations
from tests.conftest import execute, with_database

pytestmark = pytest.mark.servers

FIRST = Migration("0001_first.sql", "CREATE TABLE first (id int)")
BROKEN = Migration("0002_broken.sql", "CREATE TABLE second (id int); SELECT 1 / 0")
SECOND = Migration("0002_broken.sql", "CREATE TABLE second (id int)")


@pytest.fixture
async def empty_url(postgres_url: str, request: pytest.FixtureRequest):
    name = "empty"
    await execute(postgres_url, f"CREATE DATABASE {name}")
    yield with_database(postgres_url, name)
    await execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


async def table_names(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await connection.close()
    return {row["tablename"] for row in rows}


class TestReadMigrations:
    def test_the_files_are_in_the_order_of_their_names(self):
        names = [migration.name for migration in read_migrations()]
        assert names == sorted(names)
        assert names[0] == "0001_account.sql"


class TestMigrate:
    async def test_it_applies_every_file_once(self, empty_url):
        assert await migrate(empty_url) == [migration.name for migration in read_migrations()]
        assert await migrate(empty_url) == []

    async def test_processes_that_start_together_take_turns(self, empty_url):
        applied = await asyncio.gather(*(migrate(empty_url) for _ in range(4)))
        assert sorted(map(len, applied)) == [0, 0, 0, len(read_migrations())]

    async def test_a_file_that_fails_leaves_nothing_of_itself(self, empty_url):
        with pytest.raises(asyncpg.DivisionByZeroError):
            await migrate(empty_url, [FIRST, BROKEN])
        assert await table_names(empty_url) == {"schema_migrations", "first"}
        assert await migrate(empty_url, [FIRST, SECOND]) == ["0002_broken.sql"]

    async def test_a_file_that_was_edited_after_it_was_applied_is_refused(self, empty_url):
        await migrate(empty_url, [FIRST])
        edited = Migration(FIRST.name, "CREATE TABLE first (id bigint)")
        with pytest.raises(MigrationChangedError, match=r"0001_first\.sql was changed"):
            await migrate(empty_url, [edited, SECOND])
        assert await table_names(empty_url) == {"schema_migrations", "first"}
