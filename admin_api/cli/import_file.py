"""`signpost import`: load a file of rules and products, line by line."""

import argparse
import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from admin_api.cli.database import reachable_database
from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.cli.organization import act_as_owner, add_organization_option, read_organization
from admin_api.cli.outcome import CommandError
from admin_api.settings import UpSettings
from product_platform.digital_link import ImportReport, import_lines
from product_platform.kit.clock import SystemClock
from product_platform.kit.db import Database
from product_platform.kit.settings import PlatformSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "file", metavar="FILE", type=Path, help="one JSON object a line, as `export` writes them"
    )
    add_organization_option(parser)
    add_setting_options(parser, "data_dir")


def run(options: argparse.Namespace) -> int:
    """Keep every good line and print the problems of the others; 1 when there are any.

    Loading a file again changes nothing, and goes on where an interrupted load stopped.
    """
    with reachable_database(options):
        up, platform = read_command_settings(options, UpSettings, PlatformSettings)
        organization_id = read_organization(options, up)
        try:
            with options.file.open("rb") as lines:
                report = asyncio.run(_import(platform.database_url, lines, organization_id))
        except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
            raise CommandError(f"{options.file} cannot be read: {error.strerror}.") from None
    for problem in report.problems:
        place = f" {problem.field}" if problem.field else ""
        print(f"line {problem.line}{place}: {problem.message} [{problem.code}]")
    print(f"{report.kept} lines kept, {len({problem.line for problem in report.problems})} refused")
    return 1 if report.problems else 0


async def _import(database_url: str, lines: Iterable[bytes], organization_id: UUID) -> ImportReport:
    clock = SystemClock()
    database = await Database.open(database_url, max_connections=2)
    try:
        principal = await act_as_owner(database, clock, organization_id)
        return await import_lines(
            database,
            lines,
            organization_id=organization_id,
            principal=principal,
            clock=clock,
            on_progress=_show_progress,
        )
    finally:
        await database.close()


def _show_progress(line: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{line} lines read", end="", file=sys.stderr, flush=True)
