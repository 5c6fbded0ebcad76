"""What every embedded server does: run as a child of this process, alone in its folder."""

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from admin_api.embedded.lock import LockHeldError, take_lock
from resolver.lifeline import tie

_POLL_S = 0.005
_LOCK_TIMEOUT_S = 20.0
_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 30.0
_LOG_TAIL_LINES = 8


class EmbeddedServerError(Exception):
    """An embedded server cannot run; the message says why and what to do."""


class EmbeddedServer(ABC):
    """A server for one data folder; as a context manager it is ready inside the block.

    It ends when this process ends, however that ends. Start it from the main thread, which
    `resolver.lifeline` asks for.

    INVARIANT: at most one server of a name uses a data folder. The lock belongs to an open file that the
    server and whatever it forks inherit, so having it proves that no process of an earlier server is
    left, even after a `kill -9` of everything.
    """

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self._lock_path = data_dir / f"{self.name}.lock"
        self._log_path = data_dir / f"{self.name}.log"
        self._lock_fd: int | None = None
        self._child: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients find the server."""

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._child.pid if self._child else None

    @property
    def is_running(self) -> bool:
        """Tell whether the server was started and has not ended."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start the server; it may not answer yet."""
        self._lock_fd = self._take_lock()
        self._prepare()
        self._child = self._spawn(self._command())

    def wait_until_ready(self) -> None:
        """Return when the server answers; raise when it ends before that or takes too long."""
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._is_ready():
            if not self.is_running:
                raise EmbeddedServerError(f"{self.name} ended while starting. {self._log_tail()}")
            if time.monotonic() > deadline:
                raise EmbeddedServerError(f"{self.name} does not get ready. {self._log_tail()}")
            time.sleep(_POLL_S)

    def stop(self) -> None:
        """Stop the server in order, or by force when it does not end in time. Harmless when repeated."""
        if self._child is not None:
            self._child.send_signal(self.stop_signal)
            try:
                self._child.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
            self._child = None
        if self._lock_fd is not None:
            os.close(self._lock_fd)
            self._lock_fd = None

    def __enter__(self) -> Self:
        try:
            self.start()
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @abstractmethod
    def _prepare(self) -> None:
        """Make what the server needs before it starts."""

    @abstractmethod
    def _command(self) -> list[str]:
        """Return the server's command line."""

    @abstractmethod
    def _is_ready(self) -> bool:
        """Tell whether the server answers."""

    def _user_ids(self) -> tuple[int, int] | None:
        """Return the uid and gid to run as, or None to run as this process does."""
        return None

    def _run(self, command: list[str]) -> None:
        """Run *command*, a step of the preparation, to its end."""
        if self._spawn(command).wait(_START_TIMEOUT_S) != 0:
            raise EmbeddedServerError(f"{Path(command[0]).name} failed. {self._log_tail()}")

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        tied = tie(command, self.stop_signal, user=self._user_ids())
        lock_fds = () if self._lock_fd is None else (self._lock_fd,)
        with self._log_path.open("wb") as log:
            return subprocess.Popen(  # noqa: S603 -- our own binaries
                tied.arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env={"LC_ALL": "C", "PATH": os.defpath},
                pass_fds=(*tied.pass_fds, *lock_fds),
                start_new_session=True,
            )

    def _log_tail(self) -> str:
        lines = self._log_path.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:]
        return "\n".join([f"The end of {self._log_path}:", *lines])

    def _take_lock(self) -> int:
        try:
            return take_lock(self._lock_path, timeout_s=_LOCK_TIMEOUT_S)
        except LockHeldError:
            raise EmbeddedServerError(
                f"Another {self.name} uses {self._lock_path.parent}. Stop it first."
            ) from None
