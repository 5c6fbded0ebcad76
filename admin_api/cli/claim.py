"""`signpost claim`: let an operator's word have its effect on the claim of a product."""

import argparse
import asyncio

from admin_api.cli.database import reachable_database
from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.cli.outcome import CommandError, WrongUseError
from product_platform.kit.clock import SystemClock
from product_platform.kit.db import Database
from product_platform.kit.errors import ApiError
from product_platform.kit.settings import PlatformSettings
from product_platform.products import ClaimEvent, Claims
from rules_compiler.gs1 import DigitalLinkError, normalize_gtin


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("gtin", metavar="GTIN", help="number of the product, of 8, 12, 13 or 14 digits")
    parser.add_argument(
        "event",
        metavar="EVENT",
        choices=list(ClaimEvent),
        help="what was found: confirmed, contested, upheld or rejected, or prefix_found",
    )
    add_setting_options(parser, "data_dir")


def run(options: argparse.Namespace) -> int:
    """Move the claim, and print where it stands."""
    try:
        gtin = normalize_gtin(options.gtin)
    except DigitalLinkError as error:
        raise WrongUseError(str(error)) from None
    with reachable_database(options):
        (settings,) = read_command_settings(options, PlatformSettings)
        print(asyncio.run(_move(settings.database_url, gtin, ClaimEvent(options.event))))
    return 0


async def _move(database_url: str, gtin: str, event: ClaimEvent) -> str:
    database = await Database.open(database_url, max_connections=1)
    try:
        async with database.transaction() as connection:
            product = await Claims(SystemClock()).move(connection, gtin, event)
    except ApiError as error:
        raise CommandError(error.message) from None
    finally:
        await database.close()
    return f"the claim of {gtin} is {product.claim_verification_status}"
