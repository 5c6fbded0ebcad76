"""`signpost recompile`: have everything that is published compiled anew."""

import argparse
import asyncio
import sys
from functools import partial

from admin_api.cli.database import reachable_database
from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.cli.progress import Progress
from product_platform.digital_link import recompile
from product_platform.kit.db import Database
from product_platform.kit.settings import PlatformSettings

_PAUSE_S = 0.02


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--after", metavar="KEY", default="", help="go on there: the key that an interrupted run has named"
    )
    add_setting_options(parser, "data_dir")


def run(options: argparse.Namespace) -> int:
    """Hand slices to the worker, which must be running, portion by portion; say how to go on later."""
    with reachable_database(options):
        (settings,) = read_command_settings(options, PlatformSettings)
        run = _Run(options.after)
        try:
            done = asyncio.run(run.recompile(settings.database_url))
        except BaseException:
            if run.last:
                print(f"To go on: signpost recompile --after {run.last}", file=sys.stderr)
            raise
    print(f"{done} slices compiled anew")
    return 0


class _Run:
    """One run, and the key of the last slice that it has handed over."""

    def __init__(self, after: str) -> None:
        self.last = after

    async def recompile(self, database_url: str) -> int:
        database = await Database.open(database_url, max_connections=1)
        try:
            with Progress("slices", sys.stderr) as progress:

                def note(done: int, last: str) -> None:
                    self.last = last
                    progress.show(done)

                return await recompile(
                    database, after=self.last, pause=partial(asyncio.sleep, _PAUSE_S), on_progress=note
                )
        finally:
            await database.close()
