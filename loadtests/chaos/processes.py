"""Finds processes, and does to them what a machine, a kernel or an operator may do."""

import os
import resource
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

DEADLINE_S = 60.0
_POLL_S = 0.02

T = TypeVar("T")


class TooLateError(Exception):
    """Something did not happen in time; the message says what."""


def wait_until(condition: Callable[[], T | None], what: str, *, deadline_s: float = DEADLINE_S) -> T:
    """Return the first true answer of *condition*; raises TooLateError at the deadline."""
    ends_at = time.monotonic() + deadline_s
    while not (answer := condition()):
        if time.monotonic() > ends_at:
            raise TooLateError(f"{what}: not within {deadline_s:.0f} s")
        time.sleep(_POLL_S)
    return answer


def descendants_of(pid: int) -> dict[int, str]:
    """Return every process below *pid* with its command line, parents first."""
    found: dict[int, str] = {}
    waiting = [pid]
    while waiting:
        for child in _children_of(waiting.pop(0)):
            found[child] = _command_of(child)
            waiting.append(child)
    return found


def _children_of(pid: int) -> list[int]:
    children: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                children += map(int, (task / "children").read_text().split())
    return children


def _command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def kill(pids: Iterable[int], number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to each of *pids* that is still there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


@contextmanager
def frozen(pids: Iterable[int]) -> Iterator[None]:
    """Stop the processes inside the block, without a word to whoever talks to them."""
    held = list(pids)
    kill(held, signal.SIGSTOP)
    try:
        yield
    finally:
        kill(held, signal.SIGCONT)


@contextmanager
def without_disk(pids: Iterable[int], room_bytes: int = 0) -> Iterator[None]:
    """Let no file that the processes write to grow beyond *room_bytes* inside the block."""
    limits = {}
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError), _as_owner_of(pid):
            _, hard = limits[pid] = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (room_bytes, hard))
    try:
        yield
    finally:
        for pid, limit in limits.items():
            with suppress(FileNotFoundError, ProcessLookupError), _as_owner_of(pid):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)


@contextmanager
def _as_owner_of(pid: int) -> Iterator[None]:
    """Be the user whose process this is, as whom root runs the database: limits are for the user to set."""
    status = Path(f"/proc/{pid}").stat()
    user, group = os.getresuid(), os.getresgid()
    os.setresgid(status.st_gid, group[1], group[2])
    os.setresuid(status.st_uid, user[1], user[2])
    try:
        yield
    finally:
        os.setresuid(*user)
        os.setresgid(*group)
