"""`signpost import`: load a file of rules and products, or what another resolver serves."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, BinaryIO, NamedTuple

from admin_api.cli.database import reachable_database
from admin_api.cli.files import add_file_argument, describe, opened
from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.cli.organization import act_as_owner, add_organization_option, read_organization
from admin_api.cli.progress import Progress
from admin_api.settings import UpSettings
from product_platform.digital_link import Document, DocumentFormat, import_document, import_lines
from product_platform.kit.clock import SystemClock
from product_platform.kit.db import Database
from product_platform.kit.settings import PlatformSettings

LINES = "rules-ndjson"
FORMATS = (LINES, *DocumentFormat)


class Outcome(NamedTuple):
    """How a load went: how many were refused, and what to print, the summary last."""

    refused: int
    lines: list[str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_file_argument(parser, "what to load")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default=LINES,
        help="one JSON object a line, as `export` writes them (the default), a linkset of RFC 9264, or the "
        "entries of GS1 Resolver CE v3",
    )
    add_organization_option(parser)
    add_setting_options(parser, "data_dir")


def run(options: argparse.Namespace) -> int:
    """Keep everything good and print the problems of the rest; 1 when something was refused.

    Loading a file again changes nothing, and goes on where an interrupted load stopped.
    """
    with reachable_database(options):
        up, platform = read_command_settings(options, UpSettings, PlatformSettings)
        organization_id = read_organization(options, up)
        load = (
            _load_lines
            if options.format == LINES
            else partial(_load_document, DocumentFormat(options.format))
        )
        with opened(options.file) as file:
            outcome = asyncio.run(_load(load, platform.database_url, file, organization_id=organization_id))
    print(*outcome.lines, sep="\n")
    return 1 if outcome.refused else 0


async def _load(
    load: Callable[..., Awaitable[Outcome]], database_url: str, file: BinaryIO, **options: Any
) -> Outcome:
    clock = SystemClock()
    database = await Database.open(database_url, max_connections=2)
    try:
        principal = await act_as_owner(database, clock, options["organization_id"])
        return await load(database, file, principal=principal, clock=clock, **options)
    finally:
        await database.close()


async def _load_lines(database: Database, file: BinaryIO, **options: Any) -> Outcome:
    with Progress("lines", sys.stderr) as progress:
        report = await import_lines(database, file, on_progress=progress.show, **options)
    refused = len({problem.line for problem in report.problems})
    found = [
        describe(f"line {problem.line}", problem.field, problem.message, problem.code)
        for problem in report.problems
    ]
    return Outcome(refused, [*found, f"{report.kept} lines kept, {refused} refused"])


async def _load_document(
    document_format: DocumentFormat, database: Database, file: BinaryIO, **options: Any
) -> Outcome:
    document = Document(file.read(), document_format)
    with Progress("links", sys.stderr) as progress:
        report = await import_document(database, document, on_progress=progress.show, **options)
    found = [
        ("" if finding.refused else "note: ")
        + describe(finding.path or "file", finding.field, finding.message, finding.code)
        for finding in report.findings
    ]
    return Outcome(report.refused, [*found, f"{report.kept} links kept, {report.refused} refused"])
