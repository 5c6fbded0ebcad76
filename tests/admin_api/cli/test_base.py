"""`signpost base`, by hand and as the worker runs it."""

import asyncio
import signal
from typing import Any

import asyncpg
import pytest

from admin_api.cli import main
from admin_api.cli.worker import run_apart
from tests.conftest import execute

pytestmark = pytest.mark.servers

ENOUGH = """
    INSERT INTO slices (key, seq, bytes) SELECT number, 1, 'packed' FROM generate_series(0, 50000) AS number
"""
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


async def read_offered(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT slices FROM bases WHERE offered_at IS NOT NULL")
    finally:
        await connection.close()
    return [row["slices"] for row in rows]


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SIGNPOST_DATABASE_URL", database_url)
    monkeypatch.setattr("os.nice", lambda _niceness: 0)  # the tests go on as they were
    return database_url


class TestBase:
    def test_a_small_catalogue_needs_none(self, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["base"]) == 0
        assert capsys.readouterr().out.startswith("nothing to build")
        assert asyncio.run(read_offered(url)) == []

    def test_it_can_have_one_all_the_same(self, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        asyncio.run(execute(url, "INSERT INTO slices (key, seq, bytes) VALUES ('a', 1, 'packed')"))
        assert main(["base", "--now"]) == 0
        assert capsys.readouterr().out.startswith("base 0 offered: 1 slices, ")
        assert asyncio.run(read_offered(url)) == [1]


class TestBuildBaseApart:
    async def test_a_process_of_its_own_builds_what_is_due(
        self, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("SIGNPOST_DATABASE_URL", raising=False)
        await execute(database_url, ENOUGH)
        await run_apart("base", database_url)
        assert await read_offered(database_url) == [50_001]

    async def test_its_failure_is_told(self) -> None:
        with pytest.raises(ChildProcessError, match="status 1"):
            await run_apart("base", "postgresql://127.0.0.1:1/nowhere")

    async def test_it_ends_with_the_task(self, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        started: list[asyncio.subprocess.Process] = []
        start = asyncio.create_subprocess_exec

        async def start_and_note(*command: Any, **options: Any) -> asyncio.subprocess.Process:
            started.append(await start(*command, **options))
            return started[0]

        monkeypatch.setattr(asyncio, "create_subprocess_exec", start_and_note)
        connection = await asyncpg.connect(database_url)
        # Who holds the bases keeps the builder waiting.
        async with connection.transaction():
            await connection.execute("LOCK TABLE bases")
            task = asyncio.create_task(run_apart("base", database_url))
            async with asyncio.timeout(20):
                while not await connection.fetchval(WAITING):
                    await connection.fetchval("SELECT pg_stat_clear_snapshot()")
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await connection.close()
        assert [process.returncode for process in started] == [-signal.SIGTERM]
