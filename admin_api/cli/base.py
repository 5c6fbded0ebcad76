"""`signpost base`: write all that is published into a file from which edges begin."""

import argparse
import asyncio
import os

from admin_api.cli.database import reachable_database
from admin_api.cli.options import add_setting_options, read_command_settings
from product_platform.digital_link import build_base
from product_platform.kit.db import connect
from product_platform.kit.settings import PlatformSettings

# Shoppers and editors come first on a machine that does all of it.
_NICENESS = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--now", action="store_true", help="even if little has changed since the last one")
    add_setting_options(parser, "data_dir")


def run(options: argparse.Namespace) -> int:
    """Build a base in this process and tell what it holds."""
    os.nice(_NICENESS)
    with reachable_database(options):
        (settings,) = read_command_settings(options, PlatformSettings)
        print(asyncio.run(_build(settings.database_url, only_if_due=not options.now)))
    return 0


async def _build(database_url: str, *, only_if_due: bool) -> str:
    connection = await connect(database_url)
    try:
        base = await build_base(connection, only_if_due=only_if_due)
    finally:
        await connection.close()
    if base is None:
        return "nothing to build, or another process builds"
    return f"base {base.seq} offered: {base.slices} slices, {base.size_bytes} bytes"
