"""`make profile`: where the time of an edge worker goes, as a flame graph."""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from loadtests import contest
from loadtests.base import FOLDER, prepare_base
from loadtests.drive import DriveFailedError, drive, write_rounds
from loadtests.programs import ProgramMissingError
from loadtests.servers import ServerFailedError, edge

_SAMPLES_A_SECOND = 500
_WARM_S = 3
_GRACE_S = 60.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Profile one worker under the mix and write the graph; returns 1 when something does not run."""
    options = _parse(arguments)
    try:
        _profile(options.size, options.seconds, options.out)
    except (ProgramMissingError, ServerFailedError, DriveFailedError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.out} shows {options.seconds} s of one worker; open it in a browser")
    return 0


def _profile(size: int, seconds: int, out: Path) -> None:
    base = prepare_base(size, FOLDER)
    warming, driving = write_rounds(size, 2)
    out.parent.mkdir(parents=True, exist_ok=True)
    with contest.valkey(FOLDER) as redis_url, edge(base.data_dir, redis_url=redis_url, workers=1) as server:
        drive(server, warming, _WARM_S)
        (worker,) = server.workers
        with ThreadPoolExecutor(1) as pool:
            load = pool.submit(drive, server, driving, seconds + 1)
            _record(worker, seconds, out)
            load.result()


def _record(pid: int, seconds: int, out: Path) -> None:
    """Look at the stacks of a process for some *seconds*."""
    py_spy = str(Path(sys.executable).with_name("py-spy"))
    command = [py_spy, "record", "--pid", str(pid), "--duration", str(seconds), "--output", str(out)]
    subprocess.run(
        [*command, "--rate", str(_SAMPLES_A_SECOND), "--nonblocking"],
        check=True,
        capture_output=True,
        timeout=seconds + _GRACE_S,
    )


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.profile", description=__doc__)
    parser.add_argument("--size", type=int, default=1_000, help="number of GTINs")
    parser.add_argument("--seconds", type=int, default=10, help="how long to look")
    parser.add_argument("--out", type=Path, default=FOLDER / "profile.svg", help="where the graph goes")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
