"""Drives a service with a mix as fast as it answers, by wrk."""

import json
import subprocess
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from loadtests.base import FOLDER, folder_of, write_whole
from loadtests.headers import PHONES, SCANNERS
from loadtests.mix import Mix, Zipf
from loadtests.programs import WRK, get_program
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
