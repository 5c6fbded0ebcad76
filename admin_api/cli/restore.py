"""`signpost restore`: bring a deleted organization back."""

import argparse
import asyncio
from uuid import UUID

from admin_api.cli.database import reachable_database
from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.cli.outcome import CommandError, WrongUseError
from admin_api.wiring import create_events
from product_platform.account import Tombstones
from product_platform.kit.clock import SystemClock
from product_platform.kit.db import Database
from product_platform.kit.ids import MalformedIdError, from_short
from product_platform.kit.permissions import OrganizationNotFoundError
from product_platform.kit.settings import PlatformSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("organization", metavar="ID", help="id of an organization that was deleted")
    add_setting_options(parser, "data_dir")


def run(options: argparse.Namespace) -> int:
    """Give it back its members, and the brands and products that nobody has claimed meanwhile."""
    try:
        organization_id = from_short(options.organization)
    except MalformedIdError as error:
        raise WrongUseError(str(error)) from None
    with reachable_database(options):
        (settings,) = read_command_settings(options, PlatformSettings)
        asyncio.run(_restore(settings.database_url, organization_id))
    print("The organization is back. Its keys stay revoked: issue new ones.")
    return 0


async def _restore(database_url: str, organization_id: UUID) -> None:
    database = await Database.open(database_url, max_connections=1)
    try:
        async with database.transaction() as connection:
            await Tombstones(SystemClock(), create_events()).restore(connection, organization_id)
    except OrganizationNotFoundError:
        raise CommandError(
            "No organization with this id was deleted in the last 90 days, or it is back already."
        ) from None
    finally:
        await database.close()
