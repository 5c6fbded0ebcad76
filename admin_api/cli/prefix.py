"""`signpost prefix`: say to whom a GS1 company prefix is licensed."""

import argparse
import asyncio
import re
from uuid import UUID

from admin_api.cli.database import reachable_database
from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.cli.organization import add_organization_option, read_organization
from admin_api.cli.outcome import CommandError, WrongUseError
from admin_api.settings import UpSettings
from product_platform.kit.clock import SystemClock
from product_platform.kit.db import Database
from product_platform.kit.errors import ApiError
from product_platform.kit.settings import PlatformSettings
from product_platform.products import Claims

_PREFIX = re.compile(r"[0-9]{4,12}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "prefix", metavar="PREFIX", help="4 to 12 digits, with which the GTINs of 13 digits begin"
    )
    add_organization_option(parser)
    add_setting_options(parser, "data_dir")


def run(options: argparse.Namespace) -> int:
    """Store the prefix; the claims that it supports rise to prefix_matched soon."""
    if not _PREFIX.fullmatch(options.prefix):
        raise WrongUseError(f"{options.prefix!r} is no company prefix: give 4 to 12 digits.")
    with reachable_database(options):
        settings, up = read_command_settings(options, PlatformSettings, UpSettings)
        organization_id = read_organization(options, up)
        asyncio.run(_add(settings.database_url, options.prefix, organization_id))
    print(f"{options.prefix} is stored; claims below it are looked at by the worker")
    return 0


async def _add(database_url: str, prefix: str, organization_id: UUID) -> None:
    database = await Database.open(database_url, max_connections=1)
    try:
        async with database.transaction() as connection:
            await Claims(SystemClock()).add_prefix(connection, prefix, organization_id=organization_id)
    except ApiError as error:
        raise CommandError(error.message) from None
    finally:
        await database.close()
