"""Run what must not end: whatever breaks it is counted and told, and it begins again a little later."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

_FIRST_DELAY_SECONDS = 0.1
_MAX_DELAY_SECONDS = 5.0


async def keep_running(work: Callable[[], Awaitable[None]], tell: Callable[[Exception], None]) -> None:
    """Do *work* again and again until cancelled; when it fails at once, a little later each time."""
    delay = _FIRST_DELAY_SECONDS
    while True:
        began = time.monotonic()
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - the edge of a task: what serves goes on
            tell(error)
        lasted = time.monotonic() - began > _MAX_DELAY_SECONDS
        delay = _FIRST_DELAY_SECONDS if lasted else min(2 * delay, _MAX_DELAY_SECONDS)
        await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret
