"""`signpost domain`: say which web domain is an organization's, and how it proves that."""

import argparse
import asyncio
from uuid import UUID

from admin_api.cli.database import reachable_database
from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.cli.organization import add_organization_option, read_organization
from admin_api.cli.outcome import CommandError, WrongUseError
from admin_api.settings import UpSettings
from product_platform.kit.clock import SystemClock
from product_platform.kit.db import Database
from product_platform.kit.errors import ApiError, InvalidError
from product_platform.kit.settings import PlatformSettings
from product_platform.products import Claims, Domain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "domain", metavar="DOMAIN", help="the domain at or below which the websites of its brands are"
    )
    add_organization_option(parser)
    add_setting_options(parser, "data_dir")


def run(options: argparse.Namespace) -> int:
    """Store the domain and print the record that proves it; the same domain has the same record."""
    with reachable_database(options):
        settings, up = read_command_settings(options, PlatformSettings, UpSettings)
        organization_id = read_organization(options, up)
        domain = asyncio.run(_add(settings.database_url, options.domain, organization_id))
    print(f'{domain.name} TXT "{domain.proof}"')
    if domain.proved_at is None:
        print("set this record; the worker looks for it for 7 days, and at once when you ask again")
    else:
        print(f"the domain is proved since {domain.proved_at:%Y-%m-%d}; claims are looked at again")
    return 0


async def _add(database_url: str, name: str, organization_id: UUID) -> Domain:
    database = await Database.open(database_url, max_connections=1)
    try:
        async with database.transaction() as connection:
            return await Claims(SystemClock()).add_domain(connection, name, organization_id=organization_id)
    except InvalidError as error:
        raise WrongUseError(" ".join(detail.message for detail in error.details or ())) from None
    except ApiError as error:
        raise CommandError(error.message) from None
    finally:
        await database.close()
