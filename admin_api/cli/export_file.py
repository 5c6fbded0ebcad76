"""`signpost export`: write all that an organization has, in a form that `import` reads."""

import argparse
import asyncio
import sys
from uuid import UUID

from admin_api.cli.database import reachable_database
from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.cli.organization import act_as_owner, add_organization_option, read_organization
from admin_api.settings import UpSettings
from product_platform.digital_link import export_lines
from product_platform.kit.clock import SystemClock
from product_platform.kit.db import Database
from product_platform.kit.settings import PlatformSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_organization_option(parser)
    add_setting_options(parser, "data_dir")


def run(options: argparse.Namespace) -> int:
    """Write one JSON object a line to stdout."""
    with reachable_database(options):
        up, platform = read_command_settings(options, UpSettings, PlatformSettings)
        asyncio.run(_export(platform.database_url, read_organization(options, up)))
    return 0


async def _export(database_url: str, organization_id: UUID) -> None:
    database = await Database.open(database_url, max_connections=2)
    try:
        principal = await act_as_owner(database, SystemClock(), organization_id)
        async for line in export_lines(database, organization_id=organization_id, principal=principal):
            sys.stdout.write(line.decode())
    finally:
        await database.close()
