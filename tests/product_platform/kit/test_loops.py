"""Loops of a process end together when it is told to stop, even one that has not heard of it at first."""

import asyncio

import pytest

from product_platform.kit import loops
from product_platform.kit.loops import end, run_until


class Deaf:
    """Takes what it is told first for something else, as a library with a timeout of its own may."""

    def __init__(self) -> None:
        self.told = 0

    async def run(self) -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.told += 1
                if self.told == 2:
                    raise


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "_UNHEARD_S", 0.0)


async def test_all_run_until_the_stop_and_have_ended_after_it() -> None:
    stop, began = asyncio.Event(), asyncio.Event()
    ended: list[str] = []

    async def work(name: str) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    running = asyncio.create_task(run_until(stop, {name: lambda name=name: work(name) for name in "ab"}))
    await began.wait()
    assert ended == []
    stop.set()
    await running
    assert sorted(ended) == ["a", "b"]


async def test_one_that_has_not_heard_is_told_again() -> None:
    deaf = Deaf()
    task = asyncio.create_task(deaf.run())
    await asyncio.sleep(0)
    await end([task])
    assert task.cancelled()
    assert deaf.told == 2


async def test_there_may_be_nothing_to_end() -> None:
    await end([])
