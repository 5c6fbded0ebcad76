import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from admin_api.embedded import child as child_module
from admin_api.embedded.child import Child, Program

DEADLINE_S = 20


def make_child(code: str) -> Child:
    arguments = [sys.executable, "-c", code]
    return Child(Program(name="part", arguments=arguments, environment=dict(os.environ)))


@asynccontextmanager
async def kept_running(child: Child) -> AsyncIterator[None]:
    run = asyncio.create_task(child.run())
    try:
        yield
    finally:
        await child.stop()
        async with asyncio.timeout(DEADLINE_S):
            await run


class Output:
    """What the child has written, as its readers see it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._changed = asyncio.Event()

    def take(self, name: str, line: str) -> None:
        self.lines.append(f"{name}: {line}")
        self._changed.set()

    async def until(self, is_enough: Callable[[list[str]], bool]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not is_enough(self.lines):
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> Output:
    output = Output()
    monkeypatch.setattr(child_module, "log_line", output.take)
    monkeypatch.setattr(child_module, "_FIRST_DELAY_S", 0.01)
    return output


class TestRun:
    async def test_every_line_is_passed_on_under_the_name(self, output: Output) -> None:
        program = (
            "import sys, time; print('one'); sys.stderr.write('two\\n'); sys.stdout.flush(); time.sleep(600)"
        )
        async with kept_running(make_child(program)):
            await output.until(lambda lines: {"part: one", "part: two"} <= set(lines))

    async def test_a_program_that_ends_is_started_again(self, output: Output) -> None:
        child = make_child("print('here', flush=True); raise SystemExit(3)")
        async with kept_running(child):
            await output.until(lambda lines: lines.count("part: here") >= 3)
        assert child.deaths >= 2
        assert any(line.startswith("up: part ended with status 3") for line in output.lines)

    async def test_a_process_left_behind_by_a_program_does_not_hold_up_the_next(self, output: Output) -> None:
        leaves_one_behind = "import os, time; os.fork() or time.sleep(5); print('here', flush=True)"
        async with kept_running(make_child(leaves_one_behind)):
            await output.until(lambda lines: lines.count("part: here") >= 2)


class TestStop:
    async def test_a_program_may_finish(self, output: Output) -> None:
        program = (
            "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('finished')));"
            "print('ready', flush=True)\nwhile True: signal.pause()"
        )
        async with kept_running(make_child(program)):
            await output.until(lambda lines: "part: ready" in lines)
        assert output.lines[-1] == "part: finished"

    async def test_a_program_that_does_not_end_is_killed(
        self, output: Output, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(child_module, "_STOP_TIMEOUT_S", 0.1)
        program = (
            "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
            "print('ready', flush=True); time.sleep(600)"
        )
        async with kept_running(make_child(program)):
            await output.until(lambda lines: "part: ready" in lines)

    async def test_a_child_that_was_never_started_stops_at_once(self) -> None:
        child = make_child("")
        await child.stop()
        await child.run()
        assert child.deaths == 0
