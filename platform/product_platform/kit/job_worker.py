"""A process that does jobs: woken when one is queued, two at a time."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from product_platform.kit.db import connect
from product_platform.kit.jobs import JOBS_CHANNEL, Handler, Runner
from product_platform.kit.loops import run_until, wait
from product_platform.kit.old_jobs import forget_old_jobs
from product_platform.kit.services import Services

# A long job does not keep short ones waiting; more would be slower on a usual machine.
_LANES: Final = 2
# Retries and lost leases come due without anybody saying so.
_POLL_S: Final = 1.0
_HOUSEKEEPING_S: Final = 3600.0


async def work_jobs(services: Services, handlers: Mapping[str, Handler], stop: asyncio.Event) -> None:
    """Do jobs until *stop* is set, and give back then what is not done; Postgres may be away meanwhile."""
    wake = asyncio.Event()
    runner = Runner(services, handlers)
    loops = {
        "wake": lambda: _listen(services, wake),
        "old-jobs": lambda: _forget_old(services),
        **{f"jobs-{lane}": lambda: _work(runner, wake) for lane in range(_LANES)},
    }
    await run_until(stop, loops)


async def _work(runner: Runner, wake: asyncio.Event) -> None:
    while True:
        wake.clear()
        while await runner.run_due():
            pass
        await wait(wake, _POLL_S)


async def _forget_old(services: Services) -> None:
    while True:
        await forget_old_jobs(services)
        await asyncio.sleep(_HOUSEKEEPING_S)


async def _listen(services: Services, wake: asyncio.Event) -> None:
    connection = await connect(services.settings.database_url)

    def on_notify(*_: Any) -> None:
        wake.set()

    closed = asyncio.Event()
    connection.add_termination_listener(lambda _: closed.set())
    try:
        await connection.add_listener(JOBS_CHANNEL, on_notify)
        await closed.wait()
        raise ConnectionError("the connection on which jobs are announced is gone")
    finally:
        connection.terminate()
