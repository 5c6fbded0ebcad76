"""Signpost as whole processes: started, asked, killed, and looked for afterwards."""

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DEADLINE_S = 60.0
_POLL_S = 0.02


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], Any], *, what: str) -> Any:
    """Return the first true answer of *condition*, or fail at the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {DEADLINE_S:.0f} s"
        time.sleep(_POLL_S)
    return answer


class Up:
    """One `signpost up` on *data_dir*."""

    def __init__(self, data_dir: Path, *options: str, with_demo: bool = False, **settings: str) -> None:
        self.data_dir = data_dir
        self.port = find_free_port()
        self._log_path = data_dir.parent / f"{data_dir.name}.{self.port}.log"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SIGNPOST_")}
        arguments = ["--json", "--port", str(self.port), "--data-dir", str(data_dir), *options]
        if not with_demo:
            arguments.append("--no-demo")
        with self._log_path.open("wb") as log:
            self.process = subprocess.Popen(
                self.to_command([sys.executable, "-m", "admin_api", "up", *arguments]),
                stdout=subprocess.PIPE,
                stderr=log,
                env=inherited | settings,
            )

    def to_command(self, up: list[str]) -> list[str]:
        """Return how to start what this process is the parent of."""
        return up

    @property
    def log(self) -> str:
        return self._log_path.read_text(errors="replace")

    def wait_until_ready(self) -> dict[str, Any]:
        """Return the line that says it is ready."""
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            assert selector.select(DEADLINE_S), self.log
        line = self.process.stdout.readline()
        assert line, self.log
        ready: dict[str, Any] = json.loads(line)
        return ready

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Return status and body of the answer; status 0 when there is none."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read()
        except OSError:
            return 0, b""

    def processes(self) -> dict[int, str]:
        """Return every process of this installation but its parent, by id."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            if int(entry.name) != self.process.pid and str(self.data_dir) in _traces(entry):
                found[int(entry.name)] = _read(entry / "cmdline").replace("\0", " ")
        return found

    def part(self, name: str) -> int | None:
        """Return the id of the part *name*: its first process, which the parent started."""
        ending = f" -m admin_api {name}"
        pids = [pid for pid, command in self.processes().items() if command.strip().endswith(ending)]
        return next((pid for pid in pids if _parent_of(pid) == self.process.pid), None)

    def edge_workers(self) -> set[int]:
        edge = self.part("edge")
        children = {pid for pid in self.processes() if _parent_of(pid) == edge}
        return children - {self.keeper()}

    def keeper(self) -> int | None:
        """Return the id of the process that keeps the files of the edge."""
        commands = self.processes().items()
        return next(
            (pid for pid, command in commands if command.strip().endswith(" -m admin_api keeper")), None
        )

    def stop(self, signal_number: signal.Signals = signal.SIGTERM) -> tuple[int, bytes]:
        """Return exit status and the rest of stdout."""
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        rest, _ = self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode, rest


@contextmanager
def running(data_dir: Path, *options: str, with_demo: bool = False, **settings: str) -> Iterator[Up]:
    """Run `signpost up` inside the block, and see it stopped after it."""
    up = Up(data_dir, *options, with_demo=with_demo, **settings)
    try:
        yield up
    finally:
        up.stop()


def _traces(entry: Path) -> str:
    """Return what tells whose a process is: its command line, environment and folder."""
    try:
        folder = str((entry / "cwd").readlink())
    except OSError:
        folder = ""
    return "\n".join((_read(entry / "cmdline"), _read(entry / "environ"), folder))


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""


def _parent_of(pid: int) -> int | None:
    # The name, in brackets, may hold anything; the parent's id is the second field after it.
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return int(fields[1]) if fields else None
