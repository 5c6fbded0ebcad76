"""What PostgreSQL and Valkey promise as embedded servers; each has one folder for these tests."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from admin_api.embedded import EmbeddedServerError, Postgres, Valkey
from admin_api.embedded.server import EmbeddedServer
from tests.conftest import open_folder

pytestmark = pytest.mark.servers

DEADLINE_S = 30

# Starts the server of a folder, says its pid, and waits to be killed.
KEEPER = """
import signal, sys
from pathlib import Path
from admin_api.embedded import Postgres, Valkey
with {kind}(Path(sys.argv[1])) as server:
    print(server.pid, flush=True)
    signal.pause()
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.fixture(params=[Postgres, Valkey])
def kind(request: pytest.FixtureRequest) -> type[EmbeddedServer]:
    return request.param


class TestBoth:
    def test_its_socket_lies_in_a_folder_closed_to_others(
        self, kind: type[EmbeddedServer], folder: Path
    ) -> None:
        with kind(folder):
            assert stat.S_IMODE((folder / kind.name).stat().st_mode) == 0o700
            assert stat.S_IMODE((folder / kind.name / "run").stat().st_mode) == 0o700

    def test_it_starts_after_a_kill_of_its_parent(self, kind: type[EmbeddedServer], folder: Path) -> None:
        keeper = subprocess.Popen(
            [sys.executable, "-c", KEEPER.format(kind=kind.__name__), str(folder)], stdout=subprocess.PIPE
        )
        assert keeper.stdout is not None
        keeper.stdout.readline()
        keeper.kill()
        keeper.communicate(timeout=DEADLINE_S)
        with kind(folder) as server:
            assert server.is_running

    def test_it_starts_after_a_kill_of_itself(self, kind: type[EmbeddedServer], folder: Path) -> None:
        server = kind(folder)
        with server:
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
        with server:
            assert server.is_running

    def test_a_second_one_on_the_same_folder_is_refused(
        self, kind: type[EmbeddedServer], folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("admin_api.embedded.server._LOCK_TIMEOUT_S", 0)
        with (
            kind(folder) as first,
            pytest.raises(EmbeddedServerError, match=f"Another {kind.name} uses"),
            kind(folder),
        ):
            pass
        assert not first.is_running


class TestPostgres:
    async def test_it_is_a_recent_one_with_utf8_and_utc(self, folder: Path) -> None:
        with Postgres(folder) as postgres:
            connection = await asyncpg.connect(postgres.url)
            assert connection.get_server_version().major >= 18
            assert await connection.fetchval("SHOW server_encoding") == "UTF8"
            assert await connection.fetchval("SHOW timezone") == "UTC"
            await connection.close()

    async def test_what_was_committed_outlives_a_kill(self, folder: Path) -> None:
        with Postgres(folder) as postgres:
            connection = await asyncpg.connect(postgres.url)
            await connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
            assert postgres.pid is not None
            os.kill(postgres.pid, signal.SIGKILL)
            connection.terminate()
        with Postgres(folder) as postgres:
            connection = await asyncpg.connect(postgres.url)
            assert await connection.fetchval("SELECT one FROM kept") == 1
            await connection.close()

    def test_a_stale_pid_file_with_somebody_elses_pid_stops_nothing(self, folder: Path) -> None:
        with Postgres(folder):
            pass
        (folder / "postgres/data/postmaster.pid").write_text(f"{os.getpid()}\n")
        with Postgres(folder) as postgres:
            assert postgres.is_running

    def test_data_of_another_major_version_are_refused(self, folder: Path) -> None:
        with Postgres(folder):
            pass
        version_file = folder / "postgres/data/PG_VERSION"
        version = version_file.read_text()
        version_file.write_text("15\n")
        with pytest.raises(EmbeddedServerError, match="made by PostgreSQL 15"), Postgres(folder):
            pass
        version_file.write_text(version)

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root runs Postgres as another user")
    def test_it_runs_from_a_copy_when_its_binaries_cannot_be_reached(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("admin_api.embedded.postgres.is_reachable", lambda _path, _user: False)
        with Postgres(folder) as postgres:
            program = Path(f"/proc/{postgres.pid}/exe").readlink()
            assert program.is_relative_to(folder / "postgres")


class TestValkey:
    async def test_it_keeps_a_file_and_evicts_nothing(self, folder: Path) -> None:
        with Valkey(folder) as valkey:
            async with Redis.from_url(valkey.url) as client:
                settings = await client.config_get("appendonly", "appendfsync", "maxmemory-policy", "save")
        assert settings == {
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "save": "",
        }

    async def test_what_was_written_outlives_a_stop(self, folder: Path) -> None:
        with Valkey(folder) as valkey:
            async with Redis.from_url(valkey.url) as client:
                await client.set("kept", "yes")
        with Valkey(folder) as valkey:
            async with Redis.from_url(valkey.url) as client:
                assert await client.get("kept") == b"yes"
