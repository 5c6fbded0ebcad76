"""One holder at a time of something on disk, for as long as any process that inherited the lock lives."""

import fcntl
import os
import time
from pathlib import Path

_POLL_S = 0.005


class LockHeldError(Exception):
    """Somebody else holds the lock."""


def take_lock(path: Path, *, timeout_s: float) -> int:
    """Return a descriptor that holds the lock *path*, or raise when it stays taken.

    Close it to let go. A child that inherits it holds the lock too.
    """
    lock_fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(lock_fd)
                raise LockHeldError(str(path)) from None
            time.sleep(_POLL_S)
        else:
            return lock_fd


def is_held(path: Path) -> bool:
    """Tell whether somebody holds the lock *path*, without making the file."""
    if not path.exists():
        return False
    try:
        os.close(take_lock(path, timeout_s=0))
    except LockHeldError:
        return True
    return False
