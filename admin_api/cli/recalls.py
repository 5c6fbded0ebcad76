"""`signpost recalls`: load a file of recalls, which concern products by their GTINs."""

import argparse
import asyncio
import sys
from typing import BinaryIO

from admin_api.cli.database import reachable_database
from admin_api.cli.files import add_file_argument, describe, opened
from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.cli.progress import Progress
from product_platform.compliance import RecallReport, import_recalls
from product_platform.kit.clock import SystemClock
from product_platform.kit.db import Database
from product_platform.kit.settings import PlatformSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_file_argument(parser, "recalls, one JSON object a line (docs/recalls.md)")
    add_setting_options(parser, "data_dir")


def run(options: argparse.Namespace) -> int:
    """Keep every good line and print the problems of the rest; 1 when something was refused."""
    with reachable_database(options):
        (settings,) = read_command_settings(options, PlatformSettings)
        with opened(options.file) as file:
            report = asyncio.run(_load(settings.database_url, file))
    for problem in report.problems:
        print(describe(f"line {problem.line}", problem.field, problem.message, problem.code))
    refused = len({problem.line for problem in report.problems})
    print(f"{report.kept} lines kept: {report.new} new, {report.changed} changed; {refused} refused")
    return 1 if refused else 0


async def _load(database_url: str, file: BinaryIO) -> RecallReport:
    database = await Database.open(database_url, max_connections=1)
    try:
        with Progress("lines", sys.stderr) as progress:
            return await import_recalls(database, file, clock=SystemClock(), on_progress=progress.show)
    finally:
        await database.close()
