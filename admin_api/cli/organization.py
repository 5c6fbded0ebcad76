"""For which organization a command acts, and as whom."""

import argparse
from uuid import UUID

from admin_api.cli.outcome import CommandError, WrongUseError
from admin_api.owner import find_owner
from admin_api.settings import UpSettings
from product_platform.account import Accounts
from product_platform.kit.clock import Clock
from product_platform.kit.db import Database
from product_platform.kit.ids import MalformedIdError, from_short
from product_platform.kit.permissions import Principal


def add_organization_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the organization."""
    parser.add_argument(
        "--organization", metavar="ID", help="id of the organization (that of the owner in the data folder)"
    )


def read_organization(options: argparse.Namespace, settings: UpSettings) -> UUID:
    """Return the organization that the options name, or the first of the data folder's owner."""
    owner = find_owner(settings.data_dir)
    short_id = options.organization or (owner and owner.organization_id)
    if not short_id:
        raise WrongUseError("Say which organization: --organization ID.")
    try:
        return from_short(short_id)
    except MalformedIdError as error:
        raise WrongUseError(f"--organization: {error}") from None


async def act_as_owner(database: Database, clock: Clock, organization_id: UUID) -> Principal:
    """Return the owner of the organization, as whom an operator acts."""
    async with database.transaction() as connection:
        principal = await Accounts(clock).find_owner(connection, organization_id)
    if principal is None:
        raise CommandError(
            "No organization with an owner has this id. `signpost up` prints that of the first."
        )
    return principal
