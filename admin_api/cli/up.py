"""`signpost up`: everything on one port, with a PostgreSQL and a Valkey of its own where none are set."""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from importlib.metadata import version

from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.cli.outcome import CommandError
from admin_api.embedded.server import EmbeddedServerError
from admin_api.embedded.supervisor import Addresses, UpError, supervise
from admin_api.env_example import SETTINGS_CLASSES
from admin_api.settings import UpSettings
from product_platform.kit.migrations import MigrationChangedError, migrate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_setting_options(parser, "host", "port", "workers", "data_dir", "profile")
    parser.add_argument("--no-demo", action="store_true", help="do not load demo data at the first start")
    parser.add_argument("--json", action="store_true", help="print one line of JSON when ready")


def run(options: argparse.Namespace) -> int:
    """Run until told to stop."""
    settings, *_ = read_command_settings(options, *SETTINGS_CLASSES)
    try:
        asyncio.run(_run_until_told(settings, options))
    except (UpError, EmbeddedServerError, MigrationChangedError) as error:
        raise CommandError(str(error)) from None
    return 0


async def _run_until_told(settings: UpSettings, options: argparse.Namespace) -> None:
    async def prepare(addresses: Addresses) -> None:
        await migrate(addresses.database_url)

    async def announce(addresses: Addresses) -> None:
        if options.json:
            ready = {"url": addresses.url, "pid": os.getpid(), "version": version("signpost")}
            print(json.dumps(ready), flush=True)
        print(f"Signpost answers at {addresses.url}", file=sys.stderr)

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    running = asyncio.create_task(supervise(settings, prepare=prepare, announce=announce))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
    running.cancel()
    stopping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
