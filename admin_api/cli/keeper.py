"""`signpost keeper`: keep the files fresh from which the edge workers of this host serve."""

import argparse
import asyncio
import signal
from contextlib import suppress

from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.logs import configure_logs
from resolver.keeper import Keeper, hold_store
from resolver.settings import EdgeSettings
from resolver.table_store import TableStore


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_setting_options(parser, "data_dir")


def run(options: argparse.Namespace) -> int:
    """Keep the files until told to stop; a second keeper on the same folder waits for the first to end."""
    (settings,) = read_command_settings(options, EdgeSettings)
    configure_logs()
    store = TableStore(settings.table_dir)
    with hold_store(store):
        asyncio.run(_keep(store, settings))
    return 0


async def _keep(store: TableStore, settings: EdgeSettings) -> None:
    keeper = Keeper(store, database_url=settings.database_url, redis_url=settings.redis_url)
    keeping = asyncio.create_task(keeper.run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, keeping.cancel)
    with suppress(asyncio.CancelledError):
        await keeping
