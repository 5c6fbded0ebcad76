"""Services that answer the same traffic in turn, round by round, so that all see the same machine."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import islice
from pathlib import Path
from statistics import median

from admin_api.embedded import Valkey
from loadtests.asking import Connection, answers_to
from loadtests.base import Base
from loadtests.check import check_answers
from loadtests.data import gtin_of
from loadtests.drive import Burst, drive
from loadtests.memory import Memory, read_memory
from loadtests.mix import HOST, Mix
from loadtests.programs import NGINX, find_program
from loadtests.servers import Server, constant, edge, nginx
from loadtests.steady import Steady, drive_steadily

BARE = "bare ASGI callable"
SAMPLE = 2_000
WORKERS = 4
WARMING_ROUNDS = 3

_CHECK_SEED = 777
_STEADY_ROUNDS = 3
_STARTS = 3


@dataclass(slots=True)
class Contestant:
    """One service, and what was seen of it. `size` is None when its answer is constant."""

    name: str
    server: Server
    requests: Sequence[Path]
    size: int | None = None
    bursts: list[Burst] = field(default_factory=list)
    memory: Memory | None = None

    @property
    def rate(self) -> float:
        """The median of its rates."""
        return median(burst.rate for burst in self.bursts)

    def ratio_to(self, other: "Contestant") -> float:
        """Return the median over the rounds of this rate against the *other*'s of the same round."""
        pairs = zip(self.bursts, other.bursts, strict=True)
        return median(mine.rate / theirs.rate for mine, theirs in pairs)


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """Run a Valkey that takes scans inside the block, and say where it is."""
    with Valkey(folder) as server:
        yield server.url


def enter(
    stack: ExitStack, bases: Sequence[Base], requests: Mapping[int, Sequence[Path]], redis_url: str
) -> list[Contestant]:
    """Start everybody who takes part; they end with *stack*."""
    files = requests[bases[0].size]
    entered = [Contestant(BARE, stack.enter_context(constant("bare")), files)]
    entered.append(Contestant("Starlette route", stack.enter_context(constant("starlette")), files))
    if find_program(NGINX) is not None:
        entered.append(Contestant("nginx return 307", stack.enter_context(nginx()), files))
    for base in bases:
        server = stack.enter_context(edge(base.data_dir, redis_url=redis_url))
        name = f"Signpost, {base.size:,} GTINs"
        entered.append(Contestant(name, server, requests[base.size], base.size))
    return entered


def check(contestant: Contestant, sample: int = SAMPLE) -> int:
    """Hold its answers to *sample* requests to the reference; return how many, raise WrongAnswerError."""
    size = contestant.size or 0
    asks = islice(Mix(size, _CHECK_SEED).asks(), sample)
    return check_answers(answers_to(asks, contestant.server.port))


def race(contestants: Sequence[Contestant], seconds: int) -> None:
    """Let everybody answer in turn at full speed, round by round.

    The first rounds, longer ones, warm up: an edge runs for weeks, and its caches are full.
    """
    for each in contestants:
        for requests in each.requests[: WARMING_ROUNDS if each.size else 1]:
            drive(each.server, requests, 2 * seconds)
    for number in range(WARMING_ROUNDS, len(contestants[0].requests)):
        for each in contestants:
            each.bursts.append(drive(each.server, each.requests[number], seconds))
    for each in contestants:
        each.memory = read_memory(each.server.workers[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Steadiness:
    """The p99 of an edge and of the bare callable, both asked at *rate*; medians of some rounds.

    `answered` is the share of its requests that the edge answered in time.
    """

    size: int
    rate: float
    answered: float
    edge_us: float
    bare_us: float


def compare_steadily(contestant: Contestant, bare: Contestant, seconds: int, rounds: int) -> Steadiness:
    """Ask both in turn at half of what the edge bears."""
    size, rate = contestant.size or 0, contestant.rate / 2
    seen: dict[str, list[Steady]] = {contestant.name: [], bare.name: []}
    for number in range(min(rounds, _STEADY_ROUNDS)):
        for each in (bare, contestant):
            seen[each.name].append(drive_steadily(each.server, size, rate, seconds, seed=number))
    edge_us, bare_us = (
        median(run.p99_us for run in runs) for runs in (seen[contestant.name], seen[bare.name])
    )
    answered = median(run.rate for run in seen[contestant.name]) / rate
    return Steadiness(size=size, rate=rate, answered=answered, edge_us=edge_us, bare_us=bare_us)


def measure_workers(base: Base, requests: Sequence[Path], redis_url: str, seconds: int) -> list[Memory]:
    """Return the memory of each of four workers once they have answered for so long that caches are full."""
    with edge(base.data_dir, workers=WORKERS, redis_url=redis_url) as server:
        for each in requests:
            drive(server, each, seconds)
        return [read_memory(pid) for pid in server.workers]


def measure_starts(base: Base) -> list[float]:
    """Return how long an edge takes, several times, from its start to its first redirect."""
    path, taken = f"/01/{gtin_of(base.size // 2)}", []
    for _ in range(_STARTS):
        began = time.monotonic()
        with edge(base.data_dir) as server:
            _wait_for_redirect(server.port, path)
            taken.append(time.monotonic() - began)
    return taken


def _wait_for_redirect(port: int, path: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(OSError, HTTPException), closing(Connection(port)) as connection:
            if connection.get(path, [("Host", HOST)]).status == 307:
                return
        time.sleep(0.002)
    raise TimeoutError(f"no redirect from {path} within 30 s")
