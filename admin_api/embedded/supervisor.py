"""Runs all that `signpost up` consists of: servers, then the parts of Signpost; and stops them in order."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from admin_api.embedded.child import Child, Program, log_line
from admin_api.embedded.lock import LockHeldError, take_lock
from admin_api.embedded.places import make_socket_dir, up_lock_path
from admin_api.embedded.postgres import Postgres
from admin_api.embedded.probe import find_status_at_port, find_status_at_socket
from admin_api.embedded.server import EmbeddedServer, EmbeddedServerError
from admin_api.embedded.valkey import Valkey
from admin_api.remembered import remember
from admin_api.settings import UpSettings

_POLL_S = 0.02
_SERVER_POLL_S = 0.25
_LOCK_TIMEOUT_S = 2.0
_READY_TIMEOUT_S = 60.0
_MAX_EARLY_DEATHS = 3


class UpError(Exception):
    """Signpost cannot run here; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where everything is found."""

    host: str
    port: int
    database_url: str
    redis_url: str
    api_socket: Path

    @property
    def local_host(self) -> str:
        """The host by which clients on this machine reach the edge."""
        return "localhost" if self.host in {"127.0.0.1", "0.0.0.0", "::1", "::"} else self.host

    @property
    def url(self) -> str:
        """The edge's root for clients on this machine."""
        host = f"[{self.local_host}]" if ":" in self.local_host else self.local_host
        return f"http://{host}:{self.port}"


Hook = Callable[[Addresses], Awaitable[None]]


async def supervise(settings: UpSettings, *, prepare: Hook, announce: Hook) -> None:
    """Run everything until cancelled, and start again what dies meanwhile.

    *prepare* is awaited when the servers answer and before the parts start, *announce* when all is ready.
    """
    async with AsyncExitStack() as stack:
        lock_fd = stack.enter_context(_hold_data_dir(settings.data_dir))
        _refuse_taken_port(settings)
        servers = stack.enter_context(_start_servers(settings))
        await asyncio.gather(*(asyncio.to_thread(server.wait_until_ready) for server in servers))
        addresses = _find_addresses(settings, servers)
        await prepare(addresses)
        children = [Child(program) for program in _parts(settings, addresses, lock_fd)]
        runs = [asyncio.create_task(child.run()) for child in children]
        stack.push_async_callback(_stop_in_order, children, runs)
        watches = [asyncio.create_task(_keep_running(server)) for server in servers]
        stack.callback(_cancel, watches)
        await _wait_until_ready(addresses, children)
        with _reloading(children):
            await announce(addresses)
            await asyncio.gather(*watches, *(asyncio.shield(run) for run in runs))


@contextmanager
def _reloading(children: Sequence[Child]) -> Iterator[None]:
    """Pass SIGHUP on inside the block: each part goes over to new code and new settings.

    Those that serve drop no request. The worker ends and is started again; edits and scans wait for it.
    """

    def reload() -> None:
        for child in children:
            child.tell(signal.SIGTERM if child.name == "worker" else signal.SIGHUP)

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, reload)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


@contextmanager
def _hold_data_dir(data_dir: Path) -> Iterator[int]:
    """Hold the folder alone; the parts inherit the lock, so none of an earlier run is left either."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = up_lock_path(data_dir)
    try:
        lock_fd = take_lock(path, timeout_s=_LOCK_TIMEOUT_S)
    except LockHeldError:
        holder = path.read_text().strip() or "unknown"
        raise UpError(
            f"Signpost already runs on {data_dir} (process {holder}). "
            f"Stop it first, or give another folder with --data-dir."
        ) from None
    try:
        os.ftruncate(lock_fd, 0)
        os.write(lock_fd, f"{os.getpid()}\n".encode())
        yield lock_fd
    finally:
        os.close(lock_fd)


def _refuse_taken_port(settings: UpSettings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise UpError(
                f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}. "
                f"Choose another with --port or --host."
            ) from None


@contextmanager
def _start_servers(settings: UpSettings) -> Iterator[Sequence[EmbeddedServer]]:
    """Start the servers that the settings do not name; they may not answer yet."""
    servers: list[EmbeddedServer] = []
    with ExitStack() as stack:
        if settings.database_url is None:
            servers.append(Postgres(settings.data_dir))
        if settings.redis_url is None:
            servers.append(Valkey(settings.data_dir))
        for server in servers:
            stack.callback(server.stop)
            server.start()
        yield servers


def _find_addresses(settings: UpSettings, servers: Sequence[EmbeddedServer]) -> Addresses:
    urls = {type(server): server.url for server in servers}
    return Addresses(
        host=settings.host,
        port=settings.port,
        database_url=settings.database_url or urls[Postgres],
        redis_url=settings.redis_url or urls[Valkey],
        api_socket=make_socket_dir(settings.data_dir.resolve(), "api.sock", user=None) / "api.sock",
    )


def _parts(settings: UpSettings, addresses: Addresses, lock_fd: int) -> list[Program]:
    """Return the parts, in the order in which they stop: first no shopper's request is taken any more."""
    told = {
        "SIGNPOST_DATABASE_URL": addresses.database_url,
        "SIGNPOST_REDIS_URL": addresses.redis_url,
        "SIGNPOST_API_SOCKET": str(addresses.api_socket),
        "SIGNPOST_DATA_DIR": str(settings.data_dir.resolve()),
        "SIGNPOST_STORAGE_DIR": os.environ.get("SIGNPOST_STORAGE_DIR")
        or str(settings.data_dir.resolve() / "files"),
        "SIGNPOST_BASE_URL": os.environ.get("SIGNPOST_BASE_URL") or addresses.url,
        "PYTHONUNBUFFERED": "1",
    }
    environment = os.environ | told
    remember(settings.data_dir, environment)
    return [
        Program(
            name=name,
            arguments=[sys.executable, "-P", "-m", "admin_api", name],
            environment=environment,
            pass_fds=(lock_fd,),
        )
        for name in ("edge", "api", "worker")
    ]


async def _wait_until_ready(addresses: Addresses, children: Sequence[Child]) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _READY_TIMEOUT_S
    while not await _is_ready(addresses):
        for child in children:
            if child.deaths >= _MAX_EARLY_DEATHS:
                raise UpError(f"The part {child.name!r} does not start; its output is above.")
        if loop.time() > deadline:
            raise UpError(f"Signpost is not ready after {_READY_TIMEOUT_S:.0f} s; the output is above.")
        await asyncio.sleep(_POLL_S)


async def _is_ready(addresses: Addresses) -> bool:
    edge = await find_status_at_port(addresses.local_host, addresses.port, "/readyz")
    return edge == HTTPStatus.OK and await find_status_at_socket(addresses.api_socket, "/healthz") is not None


async def _keep_running(server: EmbeddedServer) -> None:
    """Start the server again whenever it has died."""
    while True:
        await asyncio.sleep(_SERVER_POLL_S)
        if server.is_running:
            continue
        log_line("up", f"{server.name} has died; it starts again")
        server.stop()
        try:
            server.start()
            await asyncio.to_thread(server.wait_until_ready)
        except EmbeddedServerError as error:
            log_line("up", str(error))


async def _stop_in_order(children: Sequence[Child], runs: Sequence[asyncio.Task[None]]) -> None:
    for child in children:
        await child.stop()
    await asyncio.wait(runs)


def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
