"""One part of Signpost as a process of its own, started again when it dies."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from resolver.lifeline import tie

_FIRST_DELAY_S = 0.2
_MAX_DELAY_S = 5.0
# A process that ran this long had started well: the next delay is the first again.
_STEADY_S = 3.0
_STOP_TIMEOUT_S = 15.0
# How long to wait for what a stopped program has still written.
_LAST_WORDS_S = 1.0


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
        # One pipe for all runs, and ours: a process that outlived its parent and still has the writing
        # end must not keep us from starting the program again.
        read_fd, write_fd = os.pipe()
        forwarding = asyncio.create_task(_forward(self.name, read_fd))
        try:
            await self._run_until_stopped(write_fd)
        finally:
            os.close(write_fd)
            await asyncio.wait([forwarding], timeout=_LAST_WORDS_S)
            forwarding.cancel()

    async def _run_until_stopped(self, output_fd: int) -> None:
        loop = asyncio.get_running_loop()
        delay_s = _FIRST_DELAY_S
        while not self._stopping.is_set():
            started_at = loop.time()
            outcome = await self._run_once(output_fd)
            if self._stopping.is_set():
                return
            self.deaths += 1
            log_line("up", f"{self.name} {outcome}; it starts again in {delay_s:.1f} s")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay_s):
                    await self._stopping.wait()
            was_steady = loop.time() - started_at > _STEADY_S
            delay_s = _FIRST_DELAY_S if was_steady else min(2 * delay_s, _MAX_DELAY_S)

    async def _run_once(self, output_fd: int) -> str:
        """Return what became of the program."""
        try:
            self._process = await self._start(output_fd)
        except Exception as error:  # noqa: BLE001 - the edge of a task: nobody else would start it again
            return f"could not be started ({error})"  # as when no memory or no process is to be had
        if self._stopping.is_set():  # told so while the program was started
            self._process.kill()
        return f"ended with status {await self._process.wait()}"

    async def stop(self) -> None:
        """End the program: it may finish what it does, for a while, and is then killed."""
        self._stopping.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_STOP_TIMEOUT_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to the program, if it runs."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    async def _start(self, output_fd: int) -> asyncio.subprocess.Process:
        tied = tie([*self._program.arguments], signal.SIGKILL)
        return await asyncio.create_subprocess_exec(
            *tied.arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output_fd,
            stderr=output_fd,
            env=self._program.environment,
            pass_fds=(*tied.pass_fds, *self._program.pass_fds),
            # Ctrl-C in a terminal goes to this process alone, which stops the parts in order.
            start_new_session=True,
        )


def log_line(name: str, line: str) -> None:
    """Write one line to stderr under *name*; a reader who has gone stops nothing."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{name:<6} | {line}\n")
        sys.stderr.flush()


async def _forward(name: str, read_fd: int) -> None:
    stream = asyncio.StreamReader()
    with os.fdopen(read_fd, "rb", buffering=0) as pipe:
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), pipe
        )
        with contextlib.closing(transport):
            pending = b""
            while chunk := await stream.read(65536):
                *lines, pending = (pending + chunk).split(b"\n")
                for line in lines:
                    log_line(name, line.decode(errors="replace"))
