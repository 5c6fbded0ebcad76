"""Drives a service with a mix at a fixed rate, by h2load, and tells how long its answers took.

h2load gives all its requests the same headers, and every client of one process the same order. So each
kind of reader is a process with one client and requests of its own; together they ask the mix.
"""

import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from loadtests.drive import DriveFailedError
from loadtests.headers import JSON_READERS, PHONES, SCANNERS, Client
from loadtests.mix import HOST, SHARES, Ask, Kind, Mix, Zipf
from loadtests.programs import H2LOAD, get_program
from loadtests.servers import Server

_GRACE_S = 30.0
_READERS = (*PHONES[:5], *SCANNERS[1:3])
_MOST_REQUESTS = 200_000
"""Of a long drive; then they are asked from the first again."""


@dataclass(frozen=True, slots=True)
class Steady:
    """How many microseconds each answer took while requests came at a fixed rate; in order of size.

    `rate` is how many of them were answered in a second.
    """

    rate: float
    latencies_us: Sequence[int]

    @property
    def p99_us(self) -> float:
        """The time within which 99 of 100 answers came."""
        return percentile(self.latencies_us, 99)


@contextmanager
def asking_steadily(
    server: Server, size: int, rate: float, seconds: int, *, seed: int = 0
) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Ask *server* *rate* times a second inside the block, and for whole *seconds* at most."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield _start_readers(stack, server, folder, list(_readers(size, rate, seconds, seed)))


def drive_steadily(server: Server, size: int, rate: float, seconds: int, *, seed: int = 0) -> Steady:
    """Ask *server* *rate* times a second for whole *seconds*; raises DriveFailedError without answers."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        readers = list(_readers(size, rate, seconds, seed))
        logs = [folder / f"{number}.log" for number in range(len(readers))]
        for process in _start_readers(stack, server, folder, readers, logs):
            if process.wait(seconds + _GRACE_S) != 0:
                raise DriveFailedError(f"h2load ended with status {process.returncode}")
        taken = sorted(read_latencies(logs))
    if not taken:
        raise DriveFailedError("h2load got no answer")
    return Steady(len(taken) / seconds, taken)


class _Reader(NamedTuple):
    """One process of h2load: with which headers it asks what, how often and how long."""

    client: Client
    asks: Sequence[Ask]
    rate: float
    seconds: int


def _readers(size: int, rate: float, seconds: int, seed: int) -> Iterator[_Reader]:
    json_share = SHARES[Kind.JSON] / sum(SHARES.values())
    zipf, count = Zipf(size), min(_MOST_REQUESTS, rate * seconds * 1.2)
    readers = [(client, (1 - json_share) / len(_READERS)) for client in _READERS]
    for number, (client, share) in enumerate([*readers, (JSON_READERS[0], json_share)]):
        asks = Mix(size, seed * 100 + number + 1_000, zipf).asks()
        is_json = client is JSON_READERS[0]
        fitting = (ask for ask in asks if (ask.kind is Kind.JSON) == is_json)
        yield _Reader(client, list(islice(fitting, int(count * share) + 1)), share * rate, seconds)


def _start_readers(
    stack: ExitStack, server: Server, folder: Path, readers: Sequence[_Reader], logs: Sequence[Path] = ()
) -> list["subprocess.Popen[bytes]"]:
    """Start a process for each reader, which ends with *stack*; they log when they are told where to."""
    started = []
    for number, reader in enumerate(readers):
        uris = folder / f"{number}.uris"
        uris.write_text("".join(f"http://127.0.0.1:{server.port}{_target(ask)}\n" for ask in reader.asks))
        headers = [("host", HOST), *reader.client.headers()]
        command = [get_program(H2LOAD), "--h1", "-c1", "-t1", f"-D{reader.seconds}"]
        command += [f"--rps={reader.rate:.1f}", f"--input-file={uris}"]
        command += [f"--log-file={logs[number]}"] if logs else []
        command += [part for header, value in headers for part in ("-H", f"{header}: {value}")]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stack.callback(_end, process)
        started.append(process)
    return started


def _target(ask: Ask) -> str:
    """Return the target; a linkset is asked for by its parameter, as `Accept` is the same for all."""
    return f"{ask.path}?linkType=linkset" if ask.kind is Kind.LINKSET else ask.target


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.kill()
    process.wait()


def read_latencies(logs: Iterable[Path]) -> Iterator[int]:
    """Yield the microseconds of every answered request in logs of h2load; raises DriveFailedError."""
    for log in logs:
        for line in log.read_text().splitlines():
            _, status, micros = line.split("\t")[:3]
            if int(status) < 100:
                raise DriveFailedError("a request of h2load was never answered")
            yield int(micros)


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the value below which *percent* of the *ordered* values lie."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
