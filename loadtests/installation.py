"""A whole installation for measuring edits: database, bus, publisher, and an edge with four workers."""

import asyncio
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from admin_api.embedded import Postgres, Valkey
from loadtests.asking import DEBUG, Connection
from loadtests.base import Base
from loadtests.loading import load
from loadtests.servers import Server, edge, working
from product_platform.kit.migrations import migrate

WORKERS = 4
_MOST_CONNECTIONS = 400
# Scans after which a serial becomes suspect: more than there are.
_NEVER = "1000000"


@dataclass(frozen=True, slots=True)
class Installation:
    """Where everything of an installation is found."""

    base: Base
    database_url: str
    redis_url: str

    @contextmanager
    def serving(self) -> Iterator[Server]:
        """Run publisher and edge inside the block."""
        settings = {"database_url": self.database_url, "redis_url": self.redis_url}
        data_dir = self.base.data_dir.with_name("edited")
        shutil.rmtree(data_dir, ignore_errors=True)
        # The keeper writes into the folder; the base is to stay as it was made.
        shutil.copytree(self.base.data_dir, data_dir, copy_function=_link)
        # A popular serial is asked for thousands of times, which would make it suspect and publish its
        # product anew: from the database, where the rules of most products are not.
        with (
            working(data_dir, verification_scans=_NEVER, **settings),
            edge(data_dir, workers=WORKERS, **settings) as server,
        ):
            yield server


def _link(source: str, target: str) -> str:
    """Give a file a second name where it is never written to, and copy it elsewhere."""
    if source.endswith(".table"):
        Path(target).hardlink_to(source)
        return target
    return str(shutil.copy2(source, target))


@contextmanager
def installed(base: Base, root: Path) -> Iterator[Installation]:
    """Run a database with the catalogue of *base* and a bus inside the block, and remove both after it."""
    folder = root / "servers"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        stack.callback(_remove, folder)
        postgres = stack.enter_context(Postgres(folder))
        valkey = stack.enter_context(Valkey(folder))
        began = time.monotonic()
        asyncio.run(migrate(postgres.url))
        loaded = asyncio.run(load(postgres.url, base))
        print(f"loaded in {time.monotonic() - began:.0f} s: {loaded}", file=sys.stderr, flush=True)
        yield Installation(base, postgres.url, valkey.url)


def _remove(folder: Path) -> None:
    # When another user runs the servers, the data lie elsewhere, behind a link.
    for path in folder.iterdir():
        if path.is_symlink():
            shutil.rmtree(path.resolve(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def connect_to_each(server: Server) -> dict[int, Connection]:
    """Return an open connection to each worker, by its process id; the kernel chooses who takes one."""
    found: dict[int, Connection] = {}
    workers = set(server.workers)
    for _ in range(_MOST_CONNECTIONS):
        connection = Connection(server.port)
        worker = connection.get("/01/123", [("Host", "localhost"), DEBUG]).worker
        if worker in found:
            connection.close()
        found.setdefault(worker, connection)
        if found.keys() == workers:
            return found
    raise LookupError(f"of the workers {workers} only {set(found)} take connections")
