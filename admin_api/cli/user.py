"""`signpost user`: make a user, and give one a key, or a link to set a password."""

import argparse
import asyncio
import json

from admin_api.cli.database import reachable_database
from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.cli.outcome import WrongUseError
from product_platform.account import PASSWORD_PATH, Accounts
from product_platform.kit.clock import SystemClock
from product_platform.kit.db import Database
from product_platform.kit.ids import to_short
from product_platform.kit.settings import PlatformSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("email", metavar="EMAIL", help="address of the user, who is made where there is none")
    parser.add_argument("--name", metavar="NAME", default="", help="name of a user who is made")
    parser.add_argument(
        "--key",
        metavar="NAME",
        help="issue a key of that name, which follows the user into every organization",
    )
    parser.add_argument(
        "--link", action="store_true", help="make a link at which the user sets a password within 7 days"
    )
    add_setting_options(parser, "data_dir")


def run(options: argparse.Namespace) -> int:
    """Print one line of JSON: the user, and what was made; nothing shows a key or a link again."""
    if "@" not in options.email:
        raise WrongUseError(f"{options.email!r} is no e-mail address.")
    with reachable_database(options):
        (settings,) = read_command_settings(options, PlatformSettings)
        print(json.dumps(asyncio.run(_make(settings, options))))
    return 0


async def _make(settings: PlatformSettings, options: argparse.Namespace) -> dict[str, str]:
    accounts = Accounts(SystemClock())
    database = await Database.open(settings.database_url, max_connections=1)
    try:
        async with database.transaction() as connection:
            user = await accounts.find_user(connection, options.email)
            user = user or await accounts.create_user(connection, options.email, name=options.name)
            made = {"user_id": to_short(user.id), "email": user.email}
            if options.key:
                _, made["api_key"] = await accounts.keys.issue_to_user(connection, user.id, name=options.key)
            if options.link:
                token = await accounts.passwords.make_invitation(connection, user.id)
                made["link"] = f"{settings.base_url}{PASSWORD_PATH}#{token}"
            return made
    finally:
        await database.close()
