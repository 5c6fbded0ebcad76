"""`make compare`: how fast Signpost answers, beside services that know one answer only.

Everything runs on this machine in one go: a bare ASGI callable, a Starlette route and nginx, each with a
constant 307, and Signpost with catalogues of three sizes. Answers are checked before anything is timed.
"""

import argparse
import json
import os
import platform
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

from loadtests import contest, figures, picture, tables
from loadtests.base import FOLDER, SIZES, Base, prepare_base, write_whole
from loadtests.check import WrongAnswerError
from loadtests.contest import Contestant, Steadiness
from loadtests.drive import REQUESTS, DriveFailedError, write_rounds
from loadtests.figures import Figure
from loadtests.memory import MEGABYTE
from loadtests.programs import H2LOAD, NGINX, WRK, ProgramMissingError, find_program, get_program, how_to_get
from loadtests.servers import ServerFailedError

PICTURE = Path("docs/performance.svg")

_HEADINGS = ("service, one worker", "requests/s", "to bare", "p50", "p99", "own memory")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison; returns 1 when an answer is wrong or something does not run."""
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, stop)
    try:
        result = compare(options)
    except (WrongAnswerError, ProgramMissingError, ServerFailedError, DriveFailedError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; everything that ran is stopped as well", file=sys.stderr)
        return 130
    root: Path = options.folder
    write_whole(root / "compare.json", json.dumps(result, indent=2).encode())
    rows = [[figure[name] for name in ("name", "what", "target", "found")] for figure in result["figures"]]
    write_whole(root / "compare.md", tables.to_markdown(("", "What", "Target", "Found"), rows).encode())
    for path in (root / "compare.svg", options.picture):
        if path is not None:
            path.write_text(draw(result))
    return 0


def compare(options: argparse.Namespace) -> dict[str, Any]:
    """Measure everything, print it, and return it as JSON has it."""
    began = time.monotonic()
    for program in (WRK, H2LOAD):
        get_program(program)
    if find_program(NGINX) is None:
        _say(f"nginx is not there and left out. {how_to_get(NGINX)}")
    bases = [prepare_base(size, options.folder) for size in sorted(options.sizes)]
    _say("writing requests")
    rounds = options.rounds + contest.WARMING_ROUNDS
    requests = {
        size: write_rounds(size, rounds, requests=options.requests, root=options.folder)
        for size in options.sizes
    }
    with contest.valkey(options.folder) as redis_url:
        with ExitStack() as stack:
            contestants = contest.enter(stack, bases, requests, redis_url)
            steady = _contend(contestants, options)
        _say("memory of four workers, and starts")
        largest = bases[-1]
        workers = contest.measure_workers(largest, requests[largest.size], redis_url, options.seconds)
    starts = contest.measure_starts(largest)
    found = [
        *(figures.throughput(each.size, each.ratio_to(contestants[0])) for each in contestants if each.size),
        *(figures.latency(each) for each in steady),
        figures.worker_memory(largest.size, [memory.anonymous for memory in workers]),
        figures.start(largest.size, starts),
        figures.compilation(largest.effort),
        *figures.edits(read_freshness(options.folder)),
    ]
    _report(contestants, found, time.monotonic() - began)
    return _to_json(contestants, found, steady, bases)


def _contend(contestants: Sequence[Contestant], options: argparse.Namespace) -> list[Steadiness]:
    ours = [each for each in contestants if each.size]
    for each in ours:
        checked = contest.check(each, options.sample)
        _say(f"{each.name}: {checked:,} answers are those of the reference")
    _say(f"{options.rounds} rounds of {len(contestants)} services, {options.seconds} s each")
    contest.race(contestants, options.seconds)
    _say("latency at half of the load")
    return [contest.compare_steadily(each, contestants[0], options.seconds, options.rounds) for each in ours]


def read_freshness(root: Path) -> list[dict[str, Any]]:
    """Return what the freshness harness has found last, for each size that it was run with."""
    try:
        found: list[dict[str, Any]] = json.loads((root / "freshness.json").read_text())
    except FileNotFoundError:
        return []
    return found


def _report(contestants: Sequence[Contestant], found: Sequence[Figure], elapsed_s: float) -> None:
    print()
    print(
        tables.render(
            _HEADINGS, [_row(each, contestants[0]) for each in contestants], right=frozenset(range(1, 6))
        )
    )
    spare = [each.ratio_to(contestants[0]) for each in contestants if each.name.startswith("nginx")]
    if spare:
        print(f"\nThe driver asks nginx {spare[0]:.1f} times as fast as the bare callable.")
    print()
    rows = [
        (each.name, each.what, each.target, each.found, each.verdict) for each in sorted(found, key=_by_name)
    ]
    print(tables.render(("", "what", "target", "found", ""), rows))
    if any(each.met is None for each in found):
        commands = f"`make compare` at 1,000,000 GTINs, `{figures.FRESHNESS}` for N5 and N7"
        print(f"\nWhat is not measured here, these measure: {commands}.")
    print(f"\n{elapsed_s:.0f} s on {_machine()['processors']} processors, {_machine()['processor']}")


def _by_name(figure: Figure) -> str:
    return figure.name


def _row(each: Contestant, bare: Contestant) -> tuple[str, ...]:
    p50, p99 = (
        sorted(getattr(burst, name) for burst in each.bursts)[len(each.bursts) // 2] / 1000
        for name in ("p50_us", "p99_us")
    )
    memory = "" if each.memory is None else f"{each.memory.anonymous / MEGABYTE:.0f} MB"
    return (
        each.name,
        f"{each.rate:,.0f}",
        f"{each.ratio_to(bare):.2f}",
        f"{p50:.2f} ms",
        f"{p99:.2f} ms",
        memory,
    )


def draw(result: dict[str, Any]) -> str:
    """Return the picture of a result."""
    bars = [
        picture.Bar(
            each["name"],
            each["rate"],
            each["ratio"],
            figures.n1_target(each["size"]) if each["size"] else None,
        )
        for each in result["services"]
    ]
    note = (
        f"{result['at'][:10]}: one worker each, 32 connections, {result['machine']['processors']} processors"
    )
    title = "Requests a second, and as a share of a bare ASGI callable"
    return picture.draw(bars, title, f"{note}; across the bars: the target")


def _to_json(
    contestants: Sequence[Contestant],
    found: Sequence[Figure],
    steady: Sequence[Steadiness],
    bases: Sequence[Base],
) -> dict[str, Any]:
    services = [
        {
            "name": each.name,
            "size": each.size,
            "rate": each.rate,
            "ratio": each.ratio_to(contestants[0]),
            "memory": each.memory and each.memory._asdict(),
            "rounds": [asdict(burst) for burst in each.bursts],
        }
        for each in contestants
    ]
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": _machine(),
        "services": services,
        "figures": [asdict(each) for each in found],
        "steady": [asdict(each) for each in steady],
        "bases": {base.size: asdict(base.effort) for base in bases},
    }


def _machine() -> dict[str, Any]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processors": len(os.sched_getaffinity(0)),
        "processor": models[0] if models else platform.machine(),
        "python": platform.python_version(),
        "granian": version("granian"),
        "signpost": version("signpost"),
    }


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.compare", description=__doc__)
    parser.add_argument("--sizes", type=_to_sizes, default=SIZES, help="numbers of GTINs, by commas")
    parser.add_argument("--rounds", type=int, default=5, help="how often everybody's turn comes")
    parser.add_argument("--seconds", type=int, default=2, help="how long a turn is")
    parser.add_argument("--sample", type=int, default=contest.SAMPLE, help="answers to check for each size")
    parser.add_argument("--requests", type=int, default=REQUESTS, help="requests in the file of a turn")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where bases and results are kept")
    parser.add_argument("--picture", type=Path, default=None, help="draw the rates here as well, as SVG")
    return parser.parse_args(arguments)


def _to_sizes(text: str) -> tuple[int, ...]:
    return tuple(int(each) for each in text.split(","))


def stop(*_: object) -> NoReturn:
    """Stop as Ctrl-C does: everything that was started is stopped on the way out."""
    raise KeyboardInterrupt


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
