"""What is done to an installation: each harm lasts as long as a block, and is over after it."""

import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TypeAlias

from admin_api.embedded.postgres import find_newest_binaries
from loadtests.chaos.processes import descendants_of, frozen, kill, wait_until, without_disk
from loadtests.chaos.stage import Stage, empty_postgres
from loadtests.chaos.trial import rest

Harm: TypeAlias = Callable[[Stage], AbstractContextManager[None]]

_DAY_S = 86_400.0


@contextmanager
def postgres_killed(stage: Stage) -> Iterator[None]:
    """Have no database."""
    stage.kill_postgres()
    yield
    stage.revive_postgres()


@contextmanager
def postgres_frozen(stage: Stage) -> Iterator[None]:
    """Have a database that takes connections and says nothing."""
    pid = stage.postgres.pid
    assert pid is not None
    with frozen([pid, *descendants_of(pid)]):
        yield


@contextmanager
def postgres_gate(stage: Stage, change: str, **how: float) -> Iterator[None]:
    """Have something between the parts and the database."""
    getattr(stage.database_gate, change)(**how)
    yield
    stage.database_gate.open()


@contextmanager
def bus_gate(stage: Stage, change: str, **how: float) -> Iterator[None]:
    """Have something between the parts and the bus."""
    getattr(stage.bus_gate, change)(**how)
    yield
    stage.bus_gate.open()


@contextmanager
def postgres_full(stage: Stage) -> Iterator[None]:
    """Have a database whose disk takes nothing any more; it ends with that, and is started again."""
    pid = stage.postgres.pid
    assert pid is not None
    with without_disk([pid, *descendants_of(pid)]):
        yield
    if not stage.postgres.is_running:
        stage.revive_postgres()


@contextmanager
def postgres_empty(stage: Stage) -> Iterator[None]:
    """Have another database in its place, in which nothing was ever published."""
    gate, right = stage.database_gate, stage.database_gate.upstream
    with empty_postgres(stage.folder / "empty") as wrong:
        for upstream in (wrong, right):
            gate.cut()
            gate.upstream = upstream
            gate.open()
            if upstream == wrong:
                yield


@contextmanager
def valkey_killed(stage: Stage, *, is_empty: bool = False) -> Iterator[None]:
    """Have no bus; it comes back, without what it had when *is_empty*."""
    stage.kill_valkey()
    yield
    stage.revive_valkey(is_empty=is_empty)


@contextmanager
def valkey_frozen(stage: Stage) -> Iterator[None]:
    """Have a bus that takes connections and says nothing."""
    assert stage.valkey.pid is not None
    with frozen([stage.valkey.pid]):
        yield


@contextmanager
def valkey_full(stage: Stage) -> Iterator[None]:
    """Have a bus without memory for anything."""
    stage.tell_bus("CONFIG", "SET", "maxmemory", "1")
    yield
    stage.tell_bus("CONFIG", "SET", "maxmemory", "0")


@contextmanager
def both(stage: Stage, harms: Sequence[Harm]) -> Iterator[None]:
    """Do several harms at once."""
    with ExitStack() as stack:
        for harm in harms:
            stack.enter_context(harm(stage))
        yield


@contextmanager
def clock_stepped(stage: Stage) -> Iterator[None]:
    """Have clocks that are a day ahead, and from then on an hour behind."""
    stage.step_clock(_DAY_S - 60)
    rest(0.3)
    stage.step_clock(-3600)
    yield
    stage.step_clock(0)


@contextmanager
def disk_full(stage: Stage) -> Iterator[None]:
    """Have an edge host whose disk takes nothing any more."""
    keeper = stage.process("keeper")
    assert keeper is not None
    with without_disk([keeper, *stage.edge_workers()]):
        yield


@contextmanager
def part_killed(stage: Stage, name: str) -> Iterator[None]:
    """Kill a part, which its parent starts again."""
    victim = wait_until(lambda: stage.process(name), f"the process of {name}")
    kill([victim])
    yield
    wait_until(lambda: stage.process(name) not in {victim, None}, f"the next {name}")


@contextmanager
def edge_stopped(stage: Stage) -> Iterator[None]:
    """Stop the edge in order, which its parent starts again."""
    victim = wait_until(lambda: stage.process("edge"), "the edge")
    kill([victim], signal.SIGTERM)
    wait_until(lambda: stage.process("edge") not in {victim, None}, "the next edge")
    wait_until(lambda: stage.find_status("/readyz") == 200, "a table after the restart of the edge")
    yield


@contextmanager
def restored(stage: Stage) -> Iterator[None]:
    """Save the database before the block and restore it after it, while everything runs."""
    programs, _ = find_newest_binaries()
    saved = stage.folder / "saved.dump"
    url = stage.postgres.url
    subprocess.run([programs / "pg_dump", "--format=custom", f"--file={saved}", url], check=True)
    yield
    stage.ask_database("DROP SCHEMA public CASCADE")
    stage.ask_database("CREATE SCHEMA public")
    subprocess.run([programs / "pg_restore", "--exit-on-error", f"--dbname={url}", saved], check=True)
