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
    arguments = [sys.executable, "-P", "-m", "admin_api", "keeper"]
    child = Child(Program(name="keeper", arguments=arguments, environment=os.environ))
    loop, is_over = asyncio.new_event_loop(), asyncio.Event()
    # The keeper ends with the thread that starts it, and this thread runs for as long as the block.
    watch = threading.Thread(target=loop.run_until_complete, args=(_keep(child, is_over),), name="keeper")
    watch.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(is_over.set)
        watch.join()
        loop.close()


async def _keep(child: Child, is_over: asyncio.Event) -> None:
    run = asyncio.create_task(child.run())
    await is_over.wait()
    await child.stop()
    await run
