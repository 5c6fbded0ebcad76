"""What must not end begins again, and whoever fails for long does so ever more rarely."""

import asyncio

import pytest

from resolver import keep_running as module
from resolver.keep_running import keep_running


class Work:
    """Fails so often, then runs on."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.told: list[str] = []
        self.is_running = asyncio.Event()

    async def run(self) -> None:
        if len(self.told) < self.failures:
            raise LookupError
        self.is_running.set()
        await asyncio.Event().wait()

    def tell(self, error: Exception) -> None:
        self.told.append(type(error).__name__)


@pytest.fixture
def delays(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note how long it would wait, and wait not at all."""
    delays: list[float] = []
    sleep = asyncio.sleep

    async def note(delay: float) -> None:
        delays.append(delay)
        await sleep(0)

    monkeypatch.setattr(module.asyncio, "sleep", note)
    monkeypatch.setattr(module.random, "uniform", lambda _low, high: high)
    return delays


async def test_what_fails_in_whatever_way_is_told_and_begins_again(delays: list[float]) -> None:
    work = Work(failures=3)
    task = asyncio.create_task(keep_running(work.run, work.tell))
    await work.is_running.wait()
    task.cancel()
    assert work.told == ["LookupError"] * 3
    assert await asyncio.gather(task, return_exceptions=True) != [None]
    assert task.cancelled()


async def test_it_waits_longer_each_time_up_to_a_bound(delays: list[float]) -> None:
    work = Work(failures=9)
    task = asyncio.create_task(keep_running(work.run, work.tell))
    await work.is_running.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert delays == sorted(delays)
    assert (delays[0] < 1, delays[-1]) == (True, module._MAX_DELAY_SECONDS)


async def test_who_ran_for_long_begins_again_at_once(
    delays: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    instants = iter(range(0, 1_000, 10))
    monkeypatch.setattr(module.time, "monotonic", lambda: next(instants))
    work = Work(failures=5)
    task = asyncio.create_task(keep_running(work.run, work.tell))
    await work.is_running.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert set(delays) == {module._FIRST_DELAY_SECONDS}
