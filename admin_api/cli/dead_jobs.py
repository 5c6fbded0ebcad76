"""`signpost dead-jobs`: list the jobs that ended in failure, and have them tried again."""

import argparse
import asyncio
from uuid import UUID

from admin_api.cli.database import reachable_database
from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.cli.outcome import CommandError
from product_platform.kit import jobs
from product_platform.kit.clock import SystemClock
from product_platform.kit.db import Connection, Database
from product_platform.kit.settings import PlatformSettings

_SHOWN = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "--revive", metavar="ID", type=UUID, help="have this one tried again, from where it stopped"
    )
    add_setting_options(parser, "data_dir")


def run(options: argparse.Namespace) -> int:
    """Print a line for each of the last hundred, with its reason, or revive one."""
    with reachable_database(options):
        (settings,) = read_command_settings(options, PlatformSettings)
        for line in asyncio.run(_work(settings.database_url, options.revive)):
            print(line)
    return 0


async def _work(database_url: str, job_id: UUID | None) -> list[str]:
    database = await Database.open(database_url, max_connections=1)
    try:
        async with database.transaction() as connection:
            return await _list(connection) if job_id is None else await _revive(connection, job_id)
    finally:
        await database.close()


async def _list(connection: Connection) -> list[str]:
    dead = await jobs.fetch_dead(connection, limit=_SHOWN)
    return [f"{job.id} {job.kind} {job.attempts} attempts: {job.fault}" for job in dead] or ["none"]


async def _revive(connection: Connection, job_id: UUID) -> list[str]:
    if not await jobs.revive(connection, job_id, at=SystemClock().now()):
        raise CommandError(f"No dead job has the id {job_id}.")
    return [f"{job_id} is tried again"]
