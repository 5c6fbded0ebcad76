"""`make soak`: half an hour of shoppers, edits, ending windows and restarts; what should be flat is flat.

`make endure` drives one edge as hard as it can; here everything runs, is killed, reloaded and started again.
"""

import argparse
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPException
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

from loadtests import tables
from loadtests.asking import Connection
from loadtests.chaos import harms
from loadtests.chaos.brand import Link, NotAcknowledgedError
from loadtests.chaos.processes import kill, wait_until
from loadtests.chaos.shoppers import shopping
from loadtests.chaos.stage import WORKERS, Stage, staged
from loadtests.chaos.trial import Cast, rest
from loadtests.compare import stop
from loadtests.memory import MEGABYTE, count_descriptors, has_grown, read_memory

SECONDS = 1_800.0
_SAMPLES = 60
_RESTARTS = 24
_SALE_S = 2.0
_PARTS = ("edge", "keeper", "api", "worker", "scans")
_MORE_DESCRIPTORS = 16
_SLOWER = 1.5
_SHOWN = 5


@dataclass
class Soak:
    """What happened: by part, what its largest process had at each sample; latencies of quarters, in ms."""

    seconds: float
    restarts: int = 0
    sales: int = 0
    edits: int = 0
    asked: int = 0
    memory: dict[str, list[int]] = field(default_factory=dict)
    descriptors: dict[str, list[int]] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def verdicts(self) -> dict[str, bool]:
        """Return what is as it should be: the last quarter of the time is held against the second."""
        second, last = quarter(self.latencies, 1), quarter(self.latencies, 3)
        return {
            "answers": not self.faults,
            "memory": not any(has_grown(*_peaks(sizes)) for sizes in self.memory.values()),
            "descriptors": not any(
                after > before + _MORE_DESCRIPTORS for before, after in map(_peaks, self.descriptors.values())
            ),
            "latency": median(last) <= _SLOWER * median(second),
        }


def quarter(values: Sequence[float], number: int) -> Sequence[float]:
    """Return one of four parts of *values*, by its number from 0; never an empty one."""
    size = len(values) // 4
    return values[number * size : (number + 1) * size] or values


def _peaks(values: Sequence[int]) -> tuple[int, int]:
    before, after = max(quarter(values, 1)), max(quarter(values, 3))
    return int(before), int(after)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, and return 1 when an answer was wrong or something is not flat."""
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, stop)
    folder = Path(mkdtemp(prefix="signpost-soak-"))
    folder.chmod(0o755)
    with staged(folder) as stage:
        found = soak(Cast(stage), options.seconds)
    print(render(found))
    return 0 if all(found.verdicts().values()) else 1


def soak(cast: Cast, seconds: float, *, restarts: int = _RESTARTS) -> Soak:
    """Return what happened to an installation in *seconds*, and that many restarts."""
    stage, found = cast.stage, Soak(seconds)
    sale = cast.brand.make_sale()
    with ExitStack() as stack:
        seen = stack.enter_context(shopping(stage.port, cast.all_links))
        stack.enter_context(cast.editing())
        stack.enter_context(_beside(partial(_hold_sales, cast, found, *sale)))
        stack.enter_context(_beside(partial(_sample, stage, found)))
        _restart(stage, found, restarts)
    found.faults += cast.recover()
    found.faults += [*seen.wrong, *(each for each in seen.failed if each.startswith("status"))]
    found.asked, found.edits = seen.asked, cast.edited.edits
    return found


def render(found: Soak) -> str:
    """Return figures and verdicts for people."""
    rows = [_row(found, name) for name in found.memory]
    head = ("part", "memory, second quarter", "last quarter", "descriptors, second quarter", "last quarter")
    second, last = median(quarter(found.latencies, 1)), median(quarter(found.latencies, 3))
    lines = [
        tables.render(head, rows, right=frozenset({1, 2, 3, 4})),
        "",
        f"{found.seconds:g} s: {found.asked:,} requests, {found.edits:,} edits, {found.restarts} restarts",
        f"{found.sales:,} windows opened and ended",
        f"median latency {second:.2f} ms in the second quarter, {last:.2f} ms in the last",
        *found.faults[:_SHOWN],
    ]
    verdicts = found.verdicts().items()
    return "\n".join([*lines, *(f"{name}: {'ok' if is_good else 'NOT OK'}" for name, is_good in verdicts)])


def _row(found: Soak, name: str) -> list[str]:
    sizes = [f"{each / MEGABYTE:.1f} MB" for each in _peaks(found.memory[name])]
    return [name, *sizes, *map(str, _peaks(found.descriptors[name]))]


def _restart(stage: Stage, found: Soak, restarts: int) -> None:
    """End one part after the other, evenly over the time."""
    ends_at, pause = time.monotonic() + found.seconds, found.seconds / (restarts + 1)
    for name, end in cycle(_ENDS.items()):
        rest(pause)
        if time.monotonic() >= ends_at or found.restarts == restarts:
            return
        print(f"  {ends_at - time.monotonic():.0f} s to go: {name}", file=sys.stderr, flush=True)
        end(stage)
        found.restarts += 1


def _kill_worker(stage: Stage) -> None:
    victim = stage.edge_workers()[0]
    kill([victim])
    wait_until(lambda: len({*stage.edge_workers()} - {victim}) == WORKERS, "the next worker")


def _begin_and_end(stage: Stage, *, harm: harms.Harm) -> None:
    with harm(stage):
        rest(1.0)


_ENDS: dict[str, Callable[[Stage], None]] = {
    "reload": Stage.reload,
    "keeper killed": partial(_begin_and_end, harm=partial(harms.part_killed, name="keeper")),
    "api killed": partial(_begin_and_end, harm=partial(harms.part_killed, name="api")),
    "edge worker killed": _kill_worker,
    "publisher killed": partial(_begin_and_end, harm=partial(harms.part_killed, name="worker")),
    "Valkey killed": partial(_begin_and_end, harm=harms.valkey_killed),
    "PostgreSQL killed": partial(_begin_and_end, harm=harms.postgres_killed),
    "edge stopped": partial(_begin_and_end, harm=harms.edge_stopped),
}


def _hold_sales(cast: Cast, found: Soak, link: Link, sale_id: str, is_over: threading.Event) -> None:
    """Open a window again and again; from the instant in which it ends, nobody may be led by it."""
    while not is_over.is_set():
        ends_at = time.time() + _SALE_S
        target = f"https://example.com/sale/{link.name}/{found.sales}"
        with suppress(NotAcknowledgedError):
            cast.brand.prolong_sale(sale_id, target, ends_at)
            found.sales += 1
        _follow(cast.stage.port, link.path, ends_at, found)


def _follow(port: int, path: str, ends_at: float, found: Soak) -> None:
    connection = Connection(port)
    while time.time() < ends_at + _SALE_S / 4:
        with suppress(OSError, HTTPException):
            answer = connection.get(path, [("Host", "localhost")])
            found.latencies.append(1_000 * (answer.answered_at - answer.asked_at))
            if "/sale/" in answer.headers.get("location", "") and answer.asked_at > ends_at:
                found.faults.append(f"a window was open {answer.asked_at - ends_at:.3f} s after its end")
            rest(0.02)
            continue
        connection.close()
        rest(0.02)
    connection.close()


def _sample(stage: Stage, found: Soak, is_over: threading.Event) -> None:
    while not is_over.wait(found.seconds / _SAMPLES):
        pids = {name: [pid] for name in _PARTS if (pid := stage.process(name)) is not None}
        for name, processes in (pids | {"edge worker": stage.edge_workers()}).items():
            with suppress(OSError, KeyError, ValueError):
                _note(found.memory, name, (read_memory(pid).anonymous for pid in processes))
                _note(found.descriptors, name, map(count_descriptors, processes))


def _note(samples: dict[str, list[int]], name: str, values: Iterable[int]) -> None:
    samples.setdefault(name, []).append(max(values))


@contextmanager
def _beside(work: "partial[None]") -> Iterator[None]:
    """Do *work* in a thread, which is told when the block is over."""
    is_over = threading.Event()
    thread = threading.Thread(target=work, args=(is_over,))
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
