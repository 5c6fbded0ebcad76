"""`signpost migrate`: bring the database to this version's schema."""

import argparse
import asyncio

from admin_api.cli.database import reachable_database
from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.cli.outcome import CommandError
from product_platform.kit.migrations import MigrationChangedError, migrate
from product_platform.kit.settings import PlatformSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_setting_options(parser, "data_dir")


def run(options: argparse.Namespace) -> int:
    """Apply what is missing and name it."""
    with reachable_database(options):
        (settings,) = read_command_settings(options, PlatformSettings)
        try:
            applied = asyncio.run(migrate(settings.database_url))
        except MigrationChangedError as error:
            raise CommandError(str(error)) from None
    for name in applied:
        print(f"applied {name}")
    if not applied:
        print("nothing to apply")
    return 0
