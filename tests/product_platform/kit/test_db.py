import asyncio
from contextlib import nullcontext
from uuid import UUID

import pytest

from product_platform.kit.db import connect, get_row
from product_platform.kit.outbox import OUTBOX_CHANNEL, record_changes

pytestmark = pytest.mark.servers

ORGANIZATION = UUID(int=1)


class TestJson:
    @pytest.mark.parametrize("value", [{}, {"k": ["ä", 1, 1.5, None, True]}, "text", None])
    async def test_jsonb_goes_in_and_out_as_values(self, database, value):
        assert await database.pool.fetchval("SELECT $1::jsonb", value) == value


class TestTransaction:
    async def test_an_exception_rolls_back(self, database):
        with pytest.raises(RuntimeError):
            await self.insert_and_fail(database)
        assert await database.pool.fetchval("SELECT count(*) FROM users") == 0

    async def insert_and_fail(self, database):
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO users (email) VALUES ('a@example.com')")
            raise RuntimeError

    async def test_the_end_commits(self, database):
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO users (email) VALUES ('a@example.com')")
        assert await database.pool.fetchval("SELECT count(*) FROM users") == 1


class TestRehearsal:
    @pytest.mark.parametrize("error", [None, RuntimeError])
    async def test_the_end_rolls_back(self, database, error):
        with pytest.raises(error) if error else nullcontext():
            async with database.rehearsal() as connection:
                await connection.execute("INSERT INTO users (email) VALUES ('a@example.com')")
                assert await connection.fetchval("SELECT count(*) FROM users") == 1
                if error:
                    raise error
        assert await database.pool.fetchval("SELECT count(*) FROM users") == 0


class TestGetRow:
    async def test_a_row_that_is_absent_is_an_error(self, database):
        async with database.transaction() as connection:
            assert (await get_row(connection, "SELECT 1 AS one"))["one"] == 1
            with pytest.raises(LookupError):
                await get_row(connection, "SELECT 1 WHERE false")


class TestRecordChanges:
    async def test_each_slice_is_recorded_once_with_whose_change_it_is(self, database):
        async with database.transaction() as connection:
            await record_changes(connection, ["brand/b", "01/1", "brand/b"], ORGANIZATION)
            await record_changes(connection, iter(["01/2"]), None)
        rows = await database.pool.fetch("SELECT slice_key, organization_id FROM outbox ORDER BY id")
        assert list(map(tuple, rows)) == [("brand/b", ORGANIZATION), ("01/1", ORGANIZATION), ("01/2", None)]

    async def test_the_publisher_is_woken_at_the_commit(self, database, database_url):
        listener = await connect(database_url)
        woken = asyncio.Event()
        await listener.add_listener(OUTBOX_CHANNEL, lambda *_: woken.set())
        async with database.transaction() as connection:
            await record_changes(connection, ["01/1"], None)
            assert not woken.is_set()
        async with asyncio.timeout(5):
            await woken.wait()
        await listener.close()

    async def test_nothing_changed_is_nothing_recorded(self, database):
        async with database.transaction() as connection:
            await record_changes(connection, [], ORGANIZATION)
        assert await database.pool.fetchval("SELECT count(*) FROM outbox") == 0
