"""`signpost worker`: publish what changed and watch targets; its children do all other work."""

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

# Longer than a batch of scans takes.
_STOP_S = 5.0


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
        build_base=partial(run_apart, "base", settings.database_url),
        run_scans=partial(run_apart, "scans", settings.database_url),
        run_jobs=partial(run_apart, "jobs", settings.database_url),
    )


async def run_apart(name: str, database_url: str) -> None:
    """Run the command *name* as a child that ends with this process; raises when it fails.

    It does what would keep this process from publishing: writing a million slices takes seconds, and there
    may be ten thousand scans a second. Told to stop, it may finish what it does.
    """
    command = tie([sys.executable, "-P", "-m", "admin_api", name], signal.SIGKILL)
    process = await asyncio.create_subprocess_exec(
        *command.arguments,
        pass_fds=command.pass_fds,
        env={**os.environ, "SIGNPOST_DATABASE_URL": database_url},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        status = await process.wait()
    finally:
        await _stop(process)
    if status:
        raise ChildProcessError(f"signpost {name} ended with status {status}")


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_S)
    except TimeoutError:
        process.kill()
        await process.wait()
