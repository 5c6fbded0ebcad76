"""`signpost worker`: publish what changed, build bases, count scans, and watch the targets of rules."""

import argparse
import asyncio
import os
import signal
import sys
from functools import partial

from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.logs import configure_logs
from product_platform.digital_link import HttpUrlCheck, run_worker
from product_platform.kit.garbage import collect_rarely
from product_platform.kit.settings import PlatformSettings
from product_platform.kit.ssrf import Guard
from resolver.lifeline import tie


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_setting_options(parser, "data_dir")


def run(options: argparse.Namespace) -> int:
    """Work until told to stop."""
    (settings,) = read_command_settings(options, PlatformSettings)
    configure_logs()
    collect_rarely()
    asyncio.run(_work(settings))
    return 0


async def _work(settings: PlatformSettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run_worker(
        settings,
        stop,
        url_check=HttpUrlCheck(Guard(settings.outgoing_networks)),
        build_base=partial(build_base_apart, settings.database_url),
    )


async def build_base_apart(database_url: str) -> None:
    """Run `signpost base` as a child that ends with this process; raises when it fails.

    Writing a million slices takes seconds in which no change would be published here.
    """
    command = tie([sys.executable, "-P", "-m", "admin_api", "base"], signal.SIGKILL)
    process = await asyncio.create_subprocess_exec(
        *command.arguments,
        pass_fds=command.pass_fds,
        env={**os.environ, "SIGNPOST_DATABASE_URL": database_url},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        status = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if status:
        raise ChildProcessError(f"signpost base ended with status {status}")
