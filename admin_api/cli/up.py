"""`signpost up`: everything on one port, with a PostgreSQL and a Valkey of its own where none are set."""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from dataclasses import asdict
from importlib import import_module
from importlib.metadata import version

from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.cli.outcome import CommandError
from admin_api.embedded.server import EmbeddedServerError
from admin_api.embedded.supervisor import Addresses, UpError, supervise
from admin_api.env_example import SETTINGS_CLASSES
from admin_api.owner import Owner, find_owner, write_owner
from admin_api.settings import UpSettings
from product_platform.kit.migrations import MigrationChangedError, migrate, read_migrations


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
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    run = _Run(settings, as_json=options.json)
    running = asyncio.create_task(supervise(settings, prepare=run.prepare, announce=run.announce))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
    running.cancel()
    stopping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


class _Run:
    """What one run does to the database before the parts start, and says when they are ready."""

    def __init__(self, settings: UpSettings, *, as_json: bool) -> None:
        self._data_dir = settings.data_dir
        self._as_json = as_json
        self._owner: Owner | None = None

    async def prepare(self, addresses: Addresses) -> None:
        """Bring the schema to this version; in a new database or data folder, make an owner."""
        applied = await migrate(addresses.database_url)
        self._owner = find_owner(self._data_dir)
        if self._owner is None or len(applied) == len(read_migrations()):
            # The domains take a second to import, which only a first start has to wait for.
            first_start = import_module("admin_api.first_start")
            self._owner = await first_start.make_owner(addresses.database_url)
            write_owner(self._data_dir, self._owner)

    async def announce(self, addresses: Addresses) -> None:
        """Print where to begin."""
        if self._as_json and self._owner is not None:
            ready = {
                "url": addresses.url,
                **asdict(self._owner),
                "pid": os.getpid(),
                "version": version("signpost"),
            }
            print(json.dumps(ready), flush=True)
        print(f"Signpost answers at {addresses.url}", file=sys.stderr)
