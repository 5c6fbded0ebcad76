"""How `edge` and `api` are served: by Granian, over ASGI, and reloaded on SIGHUP."""

import os
import resource
import signal
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings

from admin_api.embedded.rolling import RollingServer
from admin_api.logs import configure_logs

# A request in flight may take this long to finish after a SIGTERM.
_DRAIN_S = 10

# A client may take so long to send the head of a request, and to send the next one on its connection.
_HEAD_MS = 10_000
# Each connection is an open file, of which the usual limit of a process, 1024, is soon reached.
_MAX_FILES = 65_536
# Of a request line and headers together; what is longer is answered 431.
_HEAD_BYTES = 32 * 1024


def serve(factory: str, **options: Any) -> None:
    """Serve what *factory*, a "module:function", returns, until told to stop; *options* are Granian's."""
    configure_logs()  # for the workers, which are forked
    raise_file_limit()
    # A worker told to stop before it has started would otherwise lose the signal to Granian's own
    # handlers, which it inherits, and be waited for in vain.
    os.register_at_fork(after_in_child=_forget_handlers)
    RollingServer(
        factory,
        factory=True,
        # RSGI would hand over decoded paths, in which a slash inside a lot looks like any other.
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        # Where HTTP/2 is spoken too, a client who never says which of them holds a connection for ever.
        http=HTTPModes.http1,
        websockets=False,
        workers_kill_timeout=_DRAIN_S,
        http1_settings=HTTP1Settings(header_read_timeout=_HEAD_MS, max_buffer_size=_HEAD_BYTES),
        **options,
    ).serve()


def raise_file_limit() -> None:
    """Let this process and its children hold as many connections as the system lets them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, _MAX_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _forget_handlers() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
