"""`make load`: let phones, apps and scanners loose on a running service, headless or watched in a browser."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from loadtests.base import FOLDER

SCENARIOS = Path(__file__).with_name("locustfile.py")
REPORT = "load.html"


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Become locust; what is not for us, such as `--users 50`, is for it."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.load", description=__doc__, add_help=False)
    parser.add_argument("--ui", action="store_true", help="open the web interface instead of a short run")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the report is written")
    options, others = parser.parse_known_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    command = to_command(others, report=options.folder / REPORT, has_ui=options.ui)
    if not options.ui:
        print(f"The report will be in {options.folder / REPORT}.", file=sys.stderr, flush=True)
    os.execv(command[0], command)


def to_command(others: Sequence[str], *, report: Path, has_ui: bool) -> list[str]:
    """Return the command line of locust; *others* come last, so that they win."""
    locust = [sys.executable, "-m", "locust", "-f", str(SCENARIOS)]
    locust += ["--host", os.environ.get("SIGNPOST_BASE_URL", "http://localhost:8000")]
    if has_ui:
        # Where everybody on the network could start a test, somebody might.
        return [*locust, "--web-host", "127.0.0.1", "--users", "20", "--spawn-rate", "20", *others]
    headless = ["--headless", "--users", "20", "--spawn-rate", "20", "--run-time", "20s", "--only-summary"]
    return [*locust, *headless, "--html", str(report), *others]


if __name__ == "__main__":
    main()
