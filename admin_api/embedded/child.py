"""One part of Signpost as a process of its own, started again when it dies."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from resolver.lifeline import tie

_FIRST_DELAY_S = 0.2
_MAX_DELAY_S = 5.0
# A process that ran this long had started well: the next delay is the first again.
_STEADY_S = 10.0
_STOP_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What a child runs. It inherits *pass_fds*, and its output goes to stderr under its *name*."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    pass_fds: Sequence[int] = ()


class Child:
    """Keeps one program running until it is stopped; it ends when this process does.

    A program that dies is started again, after a delay that doubles while it keeps dying.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self.deaths = 0

    @property
    def name(self) -> str:
        """The program's name."""
        return self._program.name

    async def run(self) -> None:
        """Run the program again and again; return once stopped."""
        loop = asyncio.get_running_loop()
        delay_s = _FIRST_DELAY_S
        while not self._stopping.is_set():
            started_at = loop.time()
            status = await self._run_once()
            if self._stopping.is_set():
                return
            self.deaths += 1
            delay_s = (
                _FIRST_DELAY_S if loop.time() - started_at > _STEADY_S else min(2 * delay_s, _MAX_DELAY_S)
            )
            log_line("up", f"{self.name} ended with status {status}; it starts again in {delay_s:.1f} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay_s)

    async def stop(self) -> None:
        """End the program: it may finish what it does, for a while, and is then killed."""
        self._stopping.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), _STOP_TIMEOUT_S)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _run_once(self) -> int:
        tied = tie([*self._program.arguments], signal.SIGKILL)
        self._process = await asyncio.create_subprocess_exec(
            *tied.arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._program.environment,
            pass_fds=(*tied.pass_fds, *self._program.pass_fds),
            # Ctrl-C in a terminal goes to this process alone, which stops the parts in order.
            start_new_session=True,
        )
        if self._process.stdout is not None:
            await _forward(self.name, self._process.stdout)
        return await self._process.wait()


def log_line(name: str, line: str) -> None:
    """Write one line to stderr under *name*; a reader who has gone stops nothing."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{name:<6} | {line}\n")
        sys.stderr.flush()


async def _forward(name: str, stream: asyncio.StreamReader) -> None:
    pending = b""
    while chunk := await stream.read(65536):
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            log_line(name, line.decode(errors="replace"))
