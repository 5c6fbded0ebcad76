"""What a worker and the parent that made it tell each other: that it has started, and how it is to end.

At its end a worker closes the connections on which no request has come yet. So where another one takes its
place, it first takes no more of them: then those that it has taken have said what they want.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

VARIABLE = "SIGNPOST_STARTED_FD"
"""Names the descriptor of a pipe. Not a setting: the parent sets it in a worker alone."""

DRAIN_SIGNAL = signal.SIGUSR1
"""Tells a worker that all of them end soon."""

LEAVE_SIGNAL = signal.SIGUSR2
"""Tells a worker to take no more connections: another one does."""


def start(drain: Callable[[], None]) -> None:
    """Tell the parent, if it waits, that requests can be answered, and from now on do as it says.

    *drain* asks for no more traffic. Call this in the main thread, in the loop that answers.
    """
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(DRAIN_SIGNAL, drain)
    loop.add_signal_handler(LEAVE_SIGNAL, leave_sockets)
    descriptor = os.environ.pop(VARIABLE, None)
    if descriptor is not None:
        with suppress(OSError):
            os.write(int(descriptor), b"+")
            os.close(int(descriptor))


def leave_sockets() -> None:
    """Take no more connections in this process: in place of its sockets it has one that nobody knows."""
    unknown = socket.create_server(("127.0.0.1", 0))
    unknown.setblocking(False)
    for descriptor in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
        if descriptor != unknown.fileno() and _listens(descriptor):
            os.dup2(unknown.fileno(), descriptor, inheritable=False)


def _listens(descriptor: int) -> bool:
    try:
        copy = socket.socket(fileno=os.dup(descriptor))
    except OSError:
        return False
    with copy:
        return bool(copy.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
