"""How `edge` and `api` are served: by Granian, over ASGI, and reloaded on SIGHUP."""

import os
import signal
from typing import Any

from granian.constants import Interfaces, Loops

from admin_api.embedded.rolling import RollingServer
from admin_api.logs import configure_logs

# A request in flight may take this long to finish after a SIGTERM.
_DRAIN_S = 10


def serve(factory: str, **options: Any) -> None:
    """Serve what *factory*, a "module:function", returns, until told to stop; *options* are Granian's."""
    configure_logs()  # for the workers, which are forked
    # A worker told to stop before it has started would otherwise lose the signal to Granian's own
    # handlers, which it inherits, and be waited for in vain.
    os.register_at_fork(after_in_child=_forget_handlers)
    RollingServer(
        factory,
        factory=True,
        # RSGI would hand over decoded paths, in which a slash inside a lot looks like any other.
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        websockets=False,
        workers_kill_timeout=_DRAIN_S,
        **options,
    ).serve()


def _forget_handlers() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
