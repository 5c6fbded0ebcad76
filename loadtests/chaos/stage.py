"""A whole installation to do harm to: `signpost up` on servers of our own, with a gate before each."""

import asyncio
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
from redis import Redis

from admin_api.embedded import Postgres, Valkey
from loadtests.asking import Connection
from loadtests.chaos.gate import Gate
from loadtests.chaos.processes import descendants_of, kill, wait_until
from loadtests.servers import find_free_port
from product_platform.kit.migrations import migrate
from resolver.lifeline import tie
from resolver.table_store import TableStore

WORKERS = 2
_CLOCK = Path(__file__).parent / "clock"


class Stage:
    """The installation, its servers, and what it says of itself. Whoever breaks something repairs it."""

    def __init__(self, folder: Path, postgres: Postgres, valkey: Valkey, gates: tuple[Gate, Gate]) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.postgres = postgres
        self.valkey = valkey
        self.database_gate, self.bus_gate = gates
        self.port = find_free_port()
        self.ready: Mapping[str, Any] = {}
        self.settings = folder / "settings"
        self.settings.write_text("")
        self._clock = folder / "clock"
        self._clock.write_bytes(struct.pack("=d", 0.0))
        self._up: subprocess.Popen[bytes] | None = None

    @property
    def store(self) -> TableStore:
        """The files of the edge."""
        return TableStore(self.data_dir / "tables")

    @property
    def spool(self) -> list[Path]:
        """The files of scans that wait for the bus."""
        return list((self.data_dir / "scans").glob("*.scans"))

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the parts."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SIGNPOST_")}
        return inherited | {
            "SIGNPOST_DATABASE_URL": f"postgresql://signpost@127.0.0.1:{self.database_gate.port}/postgres",
            "SIGNPOST_REDIS_URL": f"redis://127.0.0.1:{self.bus_gate.port}/0",
            "SIGNPOST_ENV_FILE": str(self.settings),
            "SIGNPOST_DRAIN_SECONDS": "2",
            "CHAOS_CLOCK": str(self._clock),
            "PYTHONPATH": str(_CLOCK),
        }

    def start(self) -> None:
        """Start `signpost up`; return when it is ready."""
        options = ["--json", "--no-demo", "--port", str(self.port), "--workers", str(WORKERS)]
        command = [sys.executable, "-m", "admin_api", "up", *options, "--data-dir", str(self.data_dir)]
        tied = tie(command, signal.SIGTERM)
        with (self.folder / "log").open("ab") as log:
            self._up = subprocess.Popen(
                tied.arguments,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self.environment,
                pass_fds=tied.pass_fds,
                start_new_session=True,
            )
        assert self._up.stdout is not None
        line = self._up.stdout.readline()
        if not line:
            raise RuntimeError(f"signpost up does not start: {(self.folder / 'log').read_text()[-2000:]}")
        self.ready = json.loads(line)
        wait_until(lambda: len(self.edge_workers()) == WORKERS, "every edge worker")

    def stop(self) -> None:
        """Stop everything that was started."""
        if self._up is not None:
            self._up.terminate()
            self._up.communicate(timeout=60)
            self._up = None

    def process(self, name: str) -> int | None:
        """Return the process of `signpost NAME`, or None while there is none."""
        ending = f" -m admin_api {name}"
        return next((pid for pid, command in self._processes().items() if command.endswith(ending)), None)

    def edge_workers(self) -> list[int]:
        """Return the processes that answer shoppers."""
        edge = self.process("edge")
        below = descendants_of(edge) if edge else {}
        return [pid for pid, command in below.items() if command.endswith(" -m admin_api edge")]

    def _processes(self) -> dict[int, str]:
        return descendants_of(self._up.pid) if self._up is not None else {}

    def restart_edge(self) -> None:
        """Kill everything of the edge; return when the next one is ready, whatever else is away."""
        edge = self.process("edge")
        assert edge is not None
        kill([edge, *descendants_of(edge)])
        wait_until(lambda: self.process("edge") not in {edge, None}, "the next edge")
        wait_until(lambda: self.find_status("/readyz") == 200, "a table after the restart of the edge")

    def reload(self) -> None:
        """Go over to new code and new settings; return when every part has."""
        assert self._up is not None
        before = {*self.edge_workers(), self.process("worker")}
        os.kill(self._up.pid, signal.SIGHUP)
        wait_until(lambda: self._is_made_anew(before), "new workers and a new publisher")

    def _is_made_anew(self, before: set[int | None]) -> bool:
        now = {*self.edge_workers(), self.process("worker")}
        return not now & before and len(now) == WORKERS + 1

    def find_status(self, path: str) -> int | None:
        """Return the status of the answer, or None when there is none."""
        connection = Connection(self.port)
        try:
            return connection.get(path, [("Host", "localhost")]).status
        except (OSError, HTTPException):
            return None
        finally:
            connection.close()

    def step_clock(self, seconds: float) -> None:
        """Let the clock of every part be wrong by *seconds*."""
        with self._clock.open("r+b") as file:
            file.write(struct.pack("=d", seconds))

    def kill_postgres(self) -> None:
        """Kill the database, which nobody but `revive_postgres` starts again."""
        pid = self.postgres.pid
        assert pid is not None
        kill([pid, *descendants_of(pid)])

    def revive_postgres(self) -> None:
        """Start the database again, as whoever runs it would."""
        self.postgres.stop()
        self.postgres.start()
        self.postgres.wait_until_ready()

    def kill_valkey(self) -> None:
        """Kill the bus, which nobody but `revive_valkey` starts again."""
        assert self.valkey.pid is not None
        kill([self.valkey.pid])

    def revive_valkey(self, *, is_empty: bool = False) -> None:
        """Start the bus again, without all that it had when *is_empty*."""
        self.valkey.stop()
        if is_empty:
            shutil.rmtree(self.folder / "valkey" / "appendonlydir")
        self.valkey.start()
        self.valkey.wait_until_ready()

    def tell_bus(self, *command: str) -> Any:
        """Return what the bus answers to *command*, told behind the gate."""
        with Redis.from_url(self.valkey.url) as redis:
            return redis.execute_command(*command)

    def ask_database(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """Return the rows of *sql*, asked behind the gate."""
        return asyncio.run(_fetch(self.postgres.url, sql, *arguments))


async def _fetch(url: str, sql: str, *arguments: Any) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        rows: list[asyncpg.Record] = await connection.fetch(sql, *arguments)
        return rows
    finally:
        await connection.close()


def socket_of(server: Postgres | Valkey) -> Path:
    """Return the Unix socket on which *server* listens."""
    parts = urlsplit(server.url)
    if isinstance(server, Postgres):
        return Path(parse_qs(parts.query)["host"][0]) / ".s.PGSQL.5432"
    return Path(unquote(parts.path))


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """Run an installation in *folder* inside the block. Call this from the main thread."""
    folder.mkdir(exist_ok=True)
    with ExitStack() as stack:
        stack.callback(_remove, folder)
        postgres = stack.enter_context(Postgres(folder))
        valkey = stack.enter_context(Valkey(folder))
        gates = (
            stack.enter_context(Gate(socket_of(postgres))),
            stack.enter_context(Gate(socket_of(valkey))),
        )
        stage = Stage(folder, postgres, valkey, gates)
        stack.callback(stage.stop)
        stage.start()
        yield stage


@contextmanager
def empty_postgres(folder: Path) -> Iterator[Path]:
    """Run another database inside the block, migrated and without any content, and give its socket."""
    with Postgres(folder) as postgres:
        asyncio.run(migrate(postgres.url))
        yield socket_of(postgres)
    _remove(folder)


def _remove(folder: Path) -> None:
    # When another user runs the servers, the data lie elsewhere, behind a link.
    for path in folder.iterdir():
        if path.is_symlink():
            shutil.rmtree(path.resolve(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
