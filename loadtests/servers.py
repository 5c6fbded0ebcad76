"""Starts the services that are measured, each on a free port, and stops each by its process id."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from loadtests.asking import Connection
from loadtests.constant import LOCATION
from loadtests.mix import ROOT
from loadtests.programs import NGINX, get_program
from resolver.lifeline import tie

_START_S = 60.0
_STOP_S = 20.0
_POLL_S = 0.005
_LOG_LINES = 12

_NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log stderr;
events {{ worker_connections 1024; }}
http {{
    access_log off; keepalive_requests 1000000000;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; location / {{ return 307 {location}; }} }}
}}
"""


class ServerFailedError(Exception):
    """A service does not start; the message has the end of what it said."""


@dataclass(frozen=True, slots=True)
class Server:
    """A service that runs: where, and as which process."""

    port: int
    pid: int

    @property
    def workers(self) -> list[int]:
        """The processes that answer: children of the service's own, but for the keeper of its files."""
        return [pid for pid in children_of(self.pid) if not _command_of(pid).endswith(" keeper")]


def find_free_port() -> int:
    """Return a port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ").strip()


def children_of(pid: int) -> list[int]:
    """Return the processes that *pid* has started and that still run."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(each) for each in text.split()]


@contextmanager
def running(
    command: Sequence[str],
    port: int | None,
    *,
    ready: str = "/",
    settings: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Run *command* inside the block, once it answers *ready* without an error of its own.

    Without *port* it answers nobody and is not waited for. It ends with this process, however that
    ends. Call this from the main thread.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SIGNPOST_")}
    tied = tie([*command], signal.SIGTERM)
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            tied.arguments,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**inherited, **(settings or {})},
            pass_fds=tied.pass_fds,
            start_new_session=True,  # Ctrl-C in a terminal is ours to pass on
        )
        try:
            if port is not None and not _wait_until_ready(process, port, ready):
                log.seek(0)
                said = log.read().decode(errors="replace").splitlines()[-_LOG_LINES:]
                raise ServerFailedError("\n".join([f"{' '.join(command)} does not start:", *said]))
            yield Server(port or 0, process.pid)
        finally:
            _stop(process)


def _wait_until_ready(process: "subprocess.Popen[bytes]", port: int, path: str) -> bool:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        connection = Connection(port)
        try:
            if connection.get(path, [("Host", "localhost")]).status < 500:
                return True
        except (OSError, HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(_POLL_S)
    return False


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def constant(name: str) -> Iterator[Server]:
    """Serve the constant answer by the callable or framework *name* of `loadtests.constant`."""
    port = find_free_port()
    with running([sys.executable, "-m", "loadtests.constant", name, str(port)], port) as server:
        yield server


@contextmanager
def nginx() -> Iterator[Server]:
    """Serve the constant answer by nginx, with one worker."""
    port = find_free_port()
    folder = Path(tempfile.mkdtemp(prefix="signpost-nginx-"))
    folder.chmod(0o755)
    try:
        config = folder / "nginx.conf"
        config.write_text(_NGINX.format(folder=folder, port=port, location=LOCATION))
        command = [get_program(NGINX), "-p", str(folder), "-c", str(config), "-e", "stderr"]
        with running(command, port) as server:
            yield server
    finally:
        shutil.rmtree(folder)


@contextmanager
def edge(data_dir: Path, *, workers: int = 1, **settings: str) -> Iterator[Server]:
    """Serve the base of *data_dir* by `signpost edge`; *settings* are named without their prefix."""
    port = find_free_port()
    told = {"SIGNPOST_BASE_URL": ROOT} | {f"SIGNPOST_{name.upper()}": each for name, each in settings.items()}
    command = [sys.executable, "-P", "-m", "admin_api", "edge", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(workers), "--data-dir", str(data_dir.resolve())]
    with running(command, port, ready="/readyz", settings=told) as server:
        yield server


@contextmanager
def working(data_dir: Path, **settings: str) -> Iterator[Server]:
    """Run `signpost worker`, which publishes what was edited; *settings* as those of `edge`."""
    told = {f"SIGNPOST_{name.upper()}": each for name, each in settings.items()}
    command = [sys.executable, "-P", "-m", "admin_api", "worker", "--data-dir", str(data_dir.resolve())]
    with running(command, None, settings={"SIGNPOST_BASE_URL": ROOT} | told) as server:
        yield server
