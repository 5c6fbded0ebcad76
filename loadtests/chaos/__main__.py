"""`make chaos`: kill, cut and lie, row by row, and tell in a table what was lost."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp

from loadtests import tables
from loadtests.chaos.processes import TooLateError
from loadtests.chaos.stage import Stage, staged
from loadtests.chaos.trial import LONG, SHORT, Cast, Outcome, Scale, Trial
from loadtests.chaos.trials import TRIALS
from loadtests.compare import stop


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the trials that are asked for, and return 1 when anything was lost."""
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, stop)
    scale = SHORT if options.short else LONG
    scale = scale._replace(
        seed=options.seed,
        **{
            name: value
            for name in ("seconds", "kills", "scans")
            if (value := getattr(options, name)) is not None
        },
    )
    trials = [trial for trial in TRIALS if not options.only or trial.name in options.only]
    folder = Path(mkdtemp(prefix="signpost-chaos-"))
    folder.chmod(0o755)
    with staged(folder) as stage:
        outcomes = run_all(stage, trials, scale)
    print(render(outcomes))
    return 0 if all(outcome.is_good for _, outcome in outcomes) else 1


def run_all(stage: Stage, trials: Sequence[Trial], scale: Scale) -> list[tuple[Trial, Outcome]]:
    """Return what came of each trial, telling how far they are."""
    cast, outcomes = Cast(stage), []
    for number, trial in enumerate(trials, 1):
        began = time.monotonic()
        outcome = run(cast, trial, scale)
        outcomes.append((trial, outcome))
        told = "ok" if outcome.is_good else f"LOST: {json.dumps(outcome.lost[:5])}"
        lasted = time.monotonic() - began
        print(
            f"[{number}/{len(trials)}] {trial.name}: {outcome.asked:,} requests, {lasted:.0f} s, {told}",
            file=sys.stderr,
            flush=True,
        )
    return outcomes


def run(cast: Cast, trial: Trial, scale: Scale) -> Outcome:
    """Return what came of one trial; what does not recover in time is lost."""
    try:
        return trial.run(cast, scale)
    except TooLateError as error:
        return Outcome(times="", lost=[str(error)])


def render(outcomes: Sequence[tuple[Trial, Outcome]]) -> str:
    """Return the table for people."""
    head = ("what was done", "how often, how long", "requests", "edits", "scans", "lost", "")
    rows = [
        (
            trial.what,
            outcome.times,
            f"{outcome.asked:,}",
            f"{outcome.edits:,}" if outcome.edits else "",
            f"{outcome.scans:,}" if outcome.scans else "",
            "nothing" if outcome.is_good else f"{len(outcome.lost)}: {outcome.lost[0]}",
            outcome.remark,
        )
        for trial, outcome in outcomes
    ]
    return tables.render(head, rows, right=frozenset({2, 3, 4}))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.chaos", description=__doc__)
    names = [trial.name for trial in TRIALS]
    parser.add_argument("--only", nargs="+", choices=names, metavar="ROW", help=f"of {', '.join(names)}")
    parser.add_argument("--short", action="store_true", help="as the tests do it")
    parser.add_argument("--seconds", type=float, help="how long each harm lasts")
    parser.add_argument("--kills", type=int, help="how many processes are killed while edits are made")
    parser.add_argument("--scans", type=int, help="how many scans an outage of the bus holds back")
    parser.add_argument("--seed", type=int, default=1, help="of what is random")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
