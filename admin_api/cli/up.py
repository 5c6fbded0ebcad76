"""`signpost up`: everything on one port, with a PostgreSQL and a Valkey of its own where none are set."""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from admin_api.banner import render_banner, render_code
from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.cli.outcome import CommandError
from admin_api.demo import DEMO_URLS
from admin_api.embedded.server import EmbeddedServerError
from admin_api.embedded.supervisor import Addresses, UpError, supervise
from admin_api.env_example import SETTINGS_CLASSES
from admin_api.logs import configure_logs
from admin_api.owner import Owner, find_owner, write_owner
from admin_api.settings import UpSettings
from product_platform.kit.migrations import MigrationChangedError, migrate, read_migrations
from product_platform.kit.settings import PlatformSettings
from resolver.lifeline import HAS_DEATH_SIGNAL, request_death_signal

_CLAIM_TIER = "SIGNPOST_EDGE_MIN_CLAIM_TIER"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_setting_options(parser, "host", "port", "workers", "data_dir", "profile")
    parser.add_argument("--no-demo", action="store_true", help="do not load demo data at the first start")
    parser.add_argument("--json", action="store_true", help="print one line of JSON when ready")


def run(options: argparse.Namespace) -> int:
    """Run until told to stop."""
    configure_logs()  # nothing but the line of --json goes to stdout
    # On one machine nobody has to prove whose a product is.
    os.environ[_CLAIM_TIER] = os.environ.get(_CLAIM_TIER) or "unverified"
    settings, _, platform = read_command_settings(options, *SETTINGS_CLASSES)
    _end_with_make()
    run = _Run(settings, platform, with_demo=not options.no_demo, as_json=options.json)
    try:
        asyncio.run(_run_until_told(settings, run))
    except (UpError, EmbeddedServerError, MigrationChangedError) as error:
        raise CommandError(str(error)) from None
    return 0


def _end_with_make() -> None:
    """Stop when the make of `make run` is killed, which then tells its children nothing."""
    parent_pid = os.getppid()
    name_file = Path(f"/proc/{parent_pid}/comm")  # absent in a container, whose first process has no parent
    if HAS_DEATH_SIGNAL and name_file.exists() and name_file.read_text().strip() == "make":
        request_death_signal(parent_pid, signal.SIGTERM)


async def _run_until_told(settings: UpSettings, run: "_Run") -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    running = asyncio.create_task(supervise(settings, prepare=run.prepare, announce=run.announce))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
    running.cancel()
    stopping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


class _Run:
    """What one run does to the database before the parts start, and says when they are ready."""

    def __init__(
        self, settings: UpSettings, platform: PlatformSettings, *, with_demo: bool, as_json: bool
    ) -> None:
        self._data_dir = settings.data_dir
        self._platform = platform
        self._with_demo = with_demo
        self._as_json = as_json
        self._owner: Owner | None = None

    async def prepare(self, addresses: Addresses) -> None:
        """Bring the schema to this version; for a new database or data folder, make an owner."""
        applied = await migrate(addresses.database_url)
        self._owner = find_owner(self._data_dir)
        if self._owner is None or len(applied) == len(read_migrations()):
            # The domains take a second to import, for which only a first start has to wait.
            first_start = import_module("admin_api.first_start")
            found = {"database_url": addresses.database_url, "redis_url": addresses.redis_url}
            self._owner = await first_start.make_owner(
                self._platform.model_copy(update=found), with_demo=self._with_demo
            )
            write_owner(self._data_dir, self._owner)

    async def announce(self, addresses: Addresses) -> None:
        """Print what a program, or a person, needs to begin."""
        if self._owner is None:
            return
        if self._as_json:
            print(json.dumps(self._describe(self._owner, addresses)), flush=True)
        root = (os.environ.get("SIGNPOST_BASE_URL") or addresses.url).rstrip("/")
        with contextlib.suppress(OSError):  # whoever reads stderr may have left
            sys.stderr.write(render_banner(root, self._data_dir, has_demo=self._owner.has_demo))
            if self._owner.has_demo and sys.stderr.isatty():
                sys.stderr.write(render_code(f"{root}{DEMO_URLS[0].path}"))
            sys.stderr.flush()

    @staticmethod
    def _describe(owner: Owner, addresses: Addresses) -> dict[str, object]:
        return {
            "url": addresses.url,
            "api_key": owner.api_key,
            "organization_id": owner.organization_id,
            "pid": os.getpid(),
            "version": version("signpost"),
        }
