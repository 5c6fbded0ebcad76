"""`signpost worker`: publish what changed, count scans, and watch the targets of rules."""

import argparse
import asyncio
import signal

from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.logs import configure_logs
from product_platform.digital_link import HttpUrlCheck, run_worker
from product_platform.kit.garbage import collect_rarely
from product_platform.kit.settings import PlatformSettings
from product_platform.kit.ssrf import Guard


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
    await run_worker(settings, stop, url_check=HttpUrlCheck(Guard(settings.outgoing_networks)))
