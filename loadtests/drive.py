"""Drives a service with a mix: as fast as it can answer (wrk), or at a fixed rate (h2load)."""

import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from loadtests.base import FOLDER, folder_of, write_whole
from loadtests.headers import JSON_READERS, PHONES, SCANNERS, Client
from loadtests.mix import HOST, SHARES, Ask, Kind, Mix, Zipf
from loadtests.programs import H2LOAD, WRK, get_program
from loadtests.servers import Server

CONNECTIONS = 32
REQUESTS = 120_000
"""In the file of one round: more than are sent in it, so that a round asks nothing twice over."""

_SCRIPT = Path(__file__).with_name("replay.lua")
_GRACE_S = 30.0
_READERS = (*PHONES[:5], *SCANNERS[1:3])


class DriveFailedError(Exception):
    """Requests were not answered, so that no figure can be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """What one drive at full speed saw; `refused` counts statuses from 400 up."""

    rate: float
    p50_us: int
    p99_us: int
    requests: int
    refused: int


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


def write_rounds(size: int, rounds: int, *, requests: int = REQUESTS, root: Path = FOLDER) -> list[Path]:
    """Return for each round the file with its requests, made now unless it is there."""
    folder = folder_of(size, root)
    paths = [folder / f"requests-{requests}-{number}.http" for number in range(rounds)]
    missing = [(number, path) for number, path in enumerate(paths) if not path.exists()]
    zipf = Zipf(size) if missing else None
    for number, path in missing:
        asks = islice(Mix(size, number, zipf).asks(), requests)
        write_whole(path, b"".join(ask.to_bytes() for ask in asks))
    return paths


def drive(server: Server, requests: Path, seconds: int) -> Burst:
    """Ask *server* the *requests* for whole *seconds* as fast as it answers, 32 at a time."""
    command = [get_program(WRK), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s"]
    command += ["-s", str(_SCRIPT), f"http://127.0.0.1:{server.port}", "--", str(requests.resolve())]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=seconds + _GRACE_S, check=False)
    if ran.returncode != 0:
        raise DriveFailedError(f"wrk ended with status {ran.returncode}: {ran.stderr.strip()}")
    seen = json.loads(ran.stdout.splitlines()[-1])
    if seen["failed"] or not seen["requests"]:
        raise DriveFailedError(f"{seen['failed']} of {seen['requests']} requests were never answered")
    return Burst(
        rate=seen["requests"] / seen["micros"] * 1e6,
        p50_us=seen["p50_us"],
        p99_us=seen["p99_us"],
        requests=seen["requests"],
        refused=seen["refused"],
    )


def drive_steadily(server: Server, size: int, rate: float, seconds: int, *, seed: int = 0) -> Steady:
    """Ask *server* *rate* times a second for whole *seconds*.

    h2load gives all its requests the same headers, and every client of one process the same order. So
    each kind of reader is a process with one client and requests of its own; together they ask the mix.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        runs = [
            _start(stack, server, folder, _Reader(client, asks, share * rate, seconds))
            for client, share, asks in _split(size, rate * seconds * 1.2, seed)
        ]
        for process in runs:
            if process.wait(seconds + _GRACE_S) != 0:
                raise DriveFailedError(f"h2load ended with status {process.returncode}")
        taken = sorted(read_latencies(folder.glob("*.log")))
    if not taken:
        raise DriveFailedError("h2load got no answer")
    return Steady(len(taken) / seconds, taken)


def _split(size: int, count: float, seed: int) -> Iterator[tuple[Client, float, Sequence[Ask]]]:
    """Yield readers, the share of the requests that is theirs, and these requests."""
    json_share = SHARES[Kind.JSON] / sum(SHARES.values())
    zipf = Zipf(size)
    readers = [(client, (1 - json_share) / len(_READERS)) for client in _READERS]
    for number, (client, share) in enumerate([*readers, (JSON_READERS[0], json_share)]):
        asks = Mix(size, seed * 100 + number + 1_000, zipf).asks()
        is_json = client is JSON_READERS[0]
        fitting = (ask for ask in asks if (ask.kind is Kind.JSON) == is_json)
        yield client, share, list(islice(fitting, int(count * share) + 1))


class _Reader(NamedTuple):
    """One process of h2load: with which headers it asks what, how often and how long."""

    client: Client
    asks: Sequence[Ask]
    rate: float
    seconds: int


def _start(stack: ExitStack, server: Server, folder: Path, reader: _Reader) -> "subprocess.Popen[bytes]":
    name = f"{len(list(folder.iterdir()))}"
    uris = folder / f"{name}.uris"
    root = f"http://127.0.0.1:{server.port}"
    uris.write_text("".join(f"{root}{_as_linkset(ask)}\n" for ask in reader.asks))
    headers = [("host", HOST), *reader.client.headers()]
    command = [get_program(H2LOAD), "--h1", "-c1", "-t1", f"-D{reader.seconds}", f"--rps={reader.rate:.1f}"]
    command += [f"--log-file={folder / f'{name}.log'}", f"--input-file={uris}"]
    command += [part for header, value in headers for part in ("-H", f"{header}: {value}")]
    process = stack.enter_context(
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    )
    stack.callback(_end, process)
    return process


def _as_linkset(ask: Ask) -> str:
    """Return the target; a linkset is asked for by its parameter, as `Accept` is the same for all."""
    return f"{ask.path}?linkType=linkset" if ask.kind is Kind.LINKSET else ask.target


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.kill()


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
