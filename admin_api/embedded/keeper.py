"""The keeper beside the edge workers of one `signpost edge`: a child, watched from a thread of its own."""

import asyncio
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from admin_api.embedded.child import Child, Program


@contextmanager
def running_keeper() -> Iterator[None]:
    """Keep a keeper running inside the block, on the settings in the environment."""
    loop = asyncio.new_event_loop()
    arguments = [sys.executable, "-P", "-m", "admin_api", "keeper"]
    child = Child(Program(name="keeper", arguments=arguments, environment=os.environ))
    # The keeper ends with the thread that starts it, and this thread runs for as long as the block.
    thread = threading.Thread(target=loop.run_until_complete, args=(child.run(),), name="keeper")
    thread.start()
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(child.stop(), loop).result()
        thread.join()
        loop.close()
