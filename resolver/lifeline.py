"""Ties the life of a process to that of its parent, however the parent ends.

A process that knows of this calls `die_with_parent`. A command that does not, such as a database server,
is wrapped by `tie` in this file run as a program, which starts without site-packages.
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable
from functools import cache
from typing import NamedTuple, NoReturn

HAS_DEATH_SIGNAL = sys.platform == "linux"
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """End this process at once when the process that made it through multiprocessing is gone.

    Granian makes its workers so. Any other process is left as it is: it may well be meant to outlive the
    shell that started it.
    """
    import multiprocessing  # noqa: PLC0415 -- doubles the start of the program below, which needs none of it

    parent = multiprocessing.parent_process()
    if parent is None or parent.pid is None:
        return
    if HAS_DEATH_SIGNAL:
        request_death_signal(parent.pid, signal.SIGKILL)
    else:
        _signal_after(parent.join, os.getpid(), signal.SIGKILL)


def request_death_signal(parent_pid: int, death_signal: signal.Signals) -> None:
    """Ask the kernel to send *death_signal* to this process when the parent's thread that made it ends.

    A change of user takes the request back, so make it afterwards. It survives exec.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    # The kernel says nothing of a parent that died before the request; its children see another parent.
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), signal.SIGKILL)


class TiedCommand(NamedTuple):
    """A command line that ends with this process, and the descriptors that it must inherit."""

    arguments: list[str]
    pass_fds: tuple[int, ...]


def tie(
    command: list[str], death_signal: signal.Signals, *, user: tuple[int, int] | None = None
) -> TiedCommand:
    """Wrap *command* so that it gets *death_signal* when this process ends.

    It takes on *user* (uid, gid) first. Start it from the main thread: the death signal follows the thread
    that made the child.
    """
    read_fd, _ = _lifeline_pipe()
    uid, gid = user or (-1, -1)
    options = (os.getpid(), int(death_signal), read_fd, uid, gid)
    return TiedCommand([sys.executable, "-I", "-S", __file__, *map(str, options), *command], (read_fd,))


@cache
def _lifeline_pipe() -> tuple[int, int]:
    # For systems without a death signal: no command inherits the writing end, so whoever holds the
    # reading end sees it close when this process ends.
    return os.pipe()


def _signal_after(wait: Callable[[], object], pid: int, death_signal: signal.Signals) -> None:
    def wait_and_signal() -> None:
        wait()
        os.kill(pid, death_signal)

    threading.Thread(target=wait_and_signal, name="lifeline", daemon=True).start()


def _guard(command: list[str], read_fd: int, death_signal: signal.Signals) -> int:
    """Run *command* as a child, pass signals on to it, and end it when the lifeline closes."""
    awaited = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}
    # Blocked from before the fork on, no signal can arrive where nobody waits for it.
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    pid = os.fork()
    if pid == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, awaited)
        os.execv(command[0], command)  # noqa: S606 -- a list of ours, no shell
    _signal_after(lambda: os.read(read_fd, 1), pid, death_signal)
    while True:
        number = signal.sigwait(awaited)
        if number != signal.SIGCHLD:
            os.kill(pid, number)
            continue
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)


def _run(arguments: list[str]) -> NoReturn:
    parent_pid, death_number, read_fd, uid, gid = map(int, arguments[:5])
    command, death_signal = arguments[5:], signal.Signals(death_number)
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if not HAS_DEATH_SIGNAL:
        sys.exit(_guard(command, read_fd, death_signal))
    os.close(read_fd)
    request_death_signal(parent_pid, death_signal)
    os.execv(command[0], command)  # noqa: S606 -- a list of ours, no shell


if __name__ == "__main__":
    _run(sys.argv[1:])
