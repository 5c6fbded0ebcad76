"""Tasks that go on for as long as their process does, whatever becomes of the servers they talk to."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

import structlog

Loop = Callable[[], Awaitable[None]]

_FIRST_DELAY_S: Final = 0.1
_MAX_DELAY_S: Final = 5.0
_UNHEARD_S: Final = 3.0
_log = structlog.get_logger(__name__)


async def keep_running(name: str, loop: Loop) -> None:
    """Run *loop* for ever; when it fails, start it anew, more slowly each time it fails at once."""
    clock = asyncio.get_running_loop()
    delay = _FIRST_DELAY_S
    while True:
        began = clock.time()
        try:
            await loop()
        except Exception as error:  # noqa: BLE001  # the edge of a task: it outlives whatever it talks to
            _log.warning("task failed", task=name, error=type(error).__name__, reason=str(error))
        lasted = clock.time() - began > _MAX_DELAY_S
        delay = _FIRST_DELAY_S if lasted else min(delay * 2, _MAX_DELAY_S)
        # Many workers that lost one database do not all come back at one instant.
        await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311  # no secret


async def run_until(stop: asyncio.Event, loops: Mapping[str, Loop]) -> None:
    """Keep each of *loops* running until *stop* is set; return when all have ended."""
    tasks = [asyncio.create_task(keep_running(name, loop), name=name) for name, loop in loops.items()]
    try:
        await stop.wait()
    finally:
        await end(tasks)


async def end(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    """Cancel *tasks*, and return when they have ended."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        # A library that takes the word for the end of a timeout of its own goes on; then it is said again.
        _, pending = await asyncio.wait(pending, timeout=_UNHEARD_S)


async def wait(event: asyncio.Event, timeout_s: float) -> None:
    """Wait until *event* is set, or until *timeout_s* seconds have passed."""
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return
