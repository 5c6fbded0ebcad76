"""The keeper beside the edge workers of one `signpost edge`: a child, watched from a thread of its own."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from signal import SIGKILL

from admin_api.embedded.child import log_line
from resolver.lifeline import tie

_POLL_S = 0.1
_FIRST_DELAY_S = 0.2
_MAX_DELAY_S = 5.0
_STEADY_S = 3.0
_STOP_TIMEOUT_S = 15.0

# Workers are forked beside the thread that starts keepers. One forked amid a start would hold the pipe by
# which that start learns that it went well, and it would wait for as long as the worker lives.
_start = threading.Lock()
os.register_at_fork(before=_start.acquire, after_in_parent=_start.release, after_in_child=_start.release)


@contextmanager
def running_keeper() -> Iterator[None]:
    """Keep a keeper running inside the block, on the settings in the environment."""
    is_over = threading.Event()
    # The keeper ends with the thread that starts it, and this thread runs for as long as the block.
    watch = threading.Thread(target=_keep, args=(is_over,), name="keeper")
    watch.start()
    try:
        yield
    finally:
        is_over.set()
        watch.join()


def _keep(is_over: threading.Event) -> None:
    # No event loop: its descriptors would be shared with the workers, which are forked beside this thread.
    delay_s = _FIRST_DELAY_S
    while not is_over.is_set():
        began = time.monotonic()
        outcome = _run_once(is_over)
        if is_over.is_set():
            return
        log_line("edge", f"keeper {outcome}; it starts again in {delay_s:.1f} s")
        is_over.wait(delay_s)
        was_steady = time.monotonic() - began > _STEADY_S
        delay_s = _FIRST_DELAY_S if was_steady else min(2 * delay_s, _MAX_DELAY_S)


def _run_once(is_over: threading.Event) -> str:
    tied = tie([sys.executable, "-P", "-m", "admin_api", "keeper"], SIGKILL)
    try:
        with _start:
            process = subprocess.Popen(  # noqa: S603 -- ourselves
                tied.arguments, stdin=subprocess.DEVNULL, pass_fds=tied.pass_fds, start_new_session=True
            )
    except OSError as error:
        return f"could not be started ({error.strerror})"
    while process.poll() is None and not is_over.wait(_POLL_S):
        pass
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_TIMEOUT_S)
        process.kill()
    return f"ended with status {process.wait()}"
