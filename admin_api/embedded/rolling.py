"""Serves as Granian does, and on SIGHUP goes over to new code and new settings without dropping a request.

Granian lets each worker open a socket of its own. What waits in it to be accepted is reset when the worker
ends, and its own reload forks the old code again. Here the parent has the sockets, one for each worker, and
on SIGHUP becomes the new program in place (exec): process, children and sockets stay. It then puts a new
worker beside each old one, on the same socket, and stops the old one when the new one has started.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import structlog
from granian.net import SocketHolder  # type: ignore[attr-defined]  # its stubs do not name what it has
from granian.server import MPServer

from resolver.handover import DRAIN_SIGNAL, LEAVE_SIGNAL, VARIABLE

_HANDED_OVER = "SIGNPOST_HANDED_OVER"
_REHEARSAL = """
from importlib import import_module
from admin_api.env_file import read_env_file
read_env_file()
import_module({!r}).{}()
"""
_REHEARSAL_S = 60.0
_START_S = 30.0
_POLL_S = 0.02
# Longer than a client takes between connecting and asking.
_LEAVE_S = 0.5
_SHOWN_LINES = 3

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Handover:
    """What the program before this one, in the same process, has left: descriptors and processes.

    `workers` still answer; `others` are to be waited for, as they end by themselves.
    """

    sockets: Sequence[int]
    workers: Sequence[int]
    others: Sequence[int]

    @classmethod
    def take(cls) -> "Handover | None":
        """Return what was left, once; None at an ordinary start."""
        text = os.environ.pop(_HANDED_OVER, None)
        return None if text is None else cls(**json.loads(text))

    def leave(self) -> None:
        """Leave it to the next program."""
        for descriptor in self.sockets:
            os.set_inheritable(descriptor, True)
        os.environ[_HANDED_OVER] = json.dumps(asdict(self))


class RollingServer(MPServer):
    """Granian, but for what the module says; its *target* is a factory.

    Told to stop, it goes on for *drain_s* seconds, in which its workers ask for no more traffic.
    """

    def __init__(self, target: str, *, drain_s: float = 0.0, **options: Any) -> None:
        super().__init__(target, **options)
        self._drain_s = drain_s
        self._is_draining = False
        self._factory = target
        self._sockets: list[socket.socket] = []
        self._before = Handover.take()
        self._patience_s = float(self.workers_kill_timeout or 0)

    def signal_handler_interrupt(self, *_: Any, **__: Any) -> None:
        """Stop; whoever shares traffic out is told for a while before that. Told twice, stop at once."""
        if self._is_draining or not self._drain_s:
            super().signal_handler_interrupt()  # type: ignore[no-untyped-call]
            return
        self._is_draining = True
        for worker in self.wrks:
            os.kill(worker.inner.pid, DRAIN_SIGNAL)
        timer = threading.Timer(self._drain_s, super().signal_handler_interrupt)
        timer.daemon = True
        timer.start()

    def _init_shared_socket(self) -> None:
        # Those that Granian would make.
        self._ssp = self._shd = self._sso = None
        if self._before is not None:
            self._sockets = [socket.socket(fileno=descriptor) for descriptor in self._before.sockets]
            for each in self._sockets:
                each.set_inheritable(False)
        while len(self._sockets) < self.workers:
            # Only Linux shares connections out among the sockets of a port.
            is_shared = sys.platform != "linux" and self._sockets
            self._sockets.append(self._sockets[0] if is_shared else self._listen())

    def _listen(self) -> socket.socket:
        if self.bind_uds:
            listening = socket.socket(socket.AF_UNIX)
            self.bind_uds.unlink(missing_ok=True)
            listening.bind(str(self.bind_uds))
            self.bind_uds.chmod(self.uds_permissions or 0o600)
        else:
            family, kind, _, _, address = socket.getaddrinfo(
                self.bind_addr, self.bind_port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            listening = socket.socket(family, kind)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            listening.bind(address)
        listening.listen(self.backlog)
        listening.setblocking(False)
        return listening

    def _drop_shared_socket(self) -> None:
        # Workers have theirs; from the moment in which they close them, nobody waits in vain.
        for each in self._sockets:
            each.close()

    def _spawn_worker(self, idx: int, target: Any, callback_loader: Any, *_: Any) -> Any:
        own = self._sockets[idx]

        def load() -> Any:
            for each in self._sockets:
                if each is not own:
                    each.close()
            return callback_loader()

        make_holder: Any = SocketHolder
        self._shd: Any = make_holder(own.fileno(), self.bind_uds is not None, self.backlog)
        return super()._spawn_worker(idx, target, load)

    def _spawn_workers(self, spawn_target: Any, target_loader: Any) -> None:
        """Start every worker; where there is an old one in its place, stop that when the new one is up."""
        before, self._before = self._before, None
        if before is None:
            super()._spawn_workers(spawn_target, target_loader)  # type: ignore[no-untyped-call]
            return
        old = [*before.workers]
        for idx in range(self.workers):
            has_started = self._spawn_and_wait(idx, spawn_target, target_loader)
            if idx < len(old) and has_started:
                _leave(old[idx])
                _stop(old[idx], self._patience_s)
        for pid in (*old[self.workers :], *before.others):
            _stop(pid, self._patience_s)
        _log.info("reloaded", workers=self.workers)

    def _spawn_and_wait(self, idx: int, spawn_target: Any, target_loader: Any) -> bool:
        """Return whether the worker has started, else it is left to what starts again those that die."""
        read_fd, write_fd = os.pipe()
        os.environ[VARIABLE] = str(write_fd)
        worker = self._spawn_worker(idx=idx, target=spawn_target, callback_loader=target_loader)
        worker.start()
        del os.environ[VARIABLE]
        os.close(write_fd)
        self.wrks.append(worker)
        readable, _, _ = select.select([read_fd], [], [], _START_S)
        has_started = bool(readable) and os.read(read_fd, 1) != b""
        os.close(read_fd)
        return has_started

    def _reload(self, *_: Any) -> None:
        """Become the new program, if that can be."""
        self.reload_signal = False
        self.main_loop_interrupt.clear()
        complaint = self._rehearse()
        if complaint is not None:
            _log.error("not reloaded, for the new program would not start", complaint=complaint)
            return
        workers = [worker.inner.pid for worker in self.wrks]
        others = sorted(_children() - {*workers})
        Handover([each.fileno() for each in self._sockets], workers, others).leave()
        _log.info("reloading")
        signal.signal(
            signal.SIGHUP, signal.SIG_IGN
        )  # until the new program knows what to do with another one
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 -- what runs already

    def _rehearse(self) -> str | None:
        """Return why the new program would not start, None when it would."""
        module, _, function = self._factory.partition(":")
        command = [sys.executable, "-P", "-c", _REHEARSAL.format(module, function)]
        try:
            done = subprocess.run(  # noqa: S603 -- ourselves
                command, capture_output=True, timeout=_REHEARSAL_S, check=False, text=True
            )
        except subprocess.TimeoutExpired:
            return f"it took longer than {_REHEARSAL_S:.0f} s"
        if done.returncode == 0:
            return None
        return " / ".join(done.stderr.strip().splitlines()[-_SHOWN_LINES:])


def _children() -> set[int]:
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):
            found.update(map(int, (task / "children").read_text().split()))
    return found


def _leave(pid: int) -> None:
    """Let an old worker take no more connections, and have time for what those that it has taken want."""
    with suppress(ProcessLookupError):
        os.kill(pid, LEAVE_SIGNAL)
        time.sleep(_LEAVE_S)


def _stop(pid: int, timeout_s: float) -> None:
    """End a child that an earlier program has made, and wait for that."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    ends_at = time.monotonic() + timeout_s
    with suppress(ChildProcessError):
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > ends_at:
                os.kill(pid, signal.SIGKILL)
                ends_at += timeout_s
            time.sleep(_POLL_S)
