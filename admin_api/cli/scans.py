"""`signpost scans`: count the scans that edges report."""

import argparse
import asyncio
import os
import signal

from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.logs import configure_logs
from product_platform.digital_link import count_scans
from product_platform.kit.settings import PlatformSettings

# Shoppers and editors come first on a machine that does all of it.
_NICENESS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_setting_options(parser, "data_dir")


def run(options: argparse.Namespace) -> int:
    """Count until told to stop; several may count at once."""
    (settings,) = read_command_settings(options, PlatformSettings)
    configure_logs()
    os.nice(_NICENESS)
    asyncio.run(_count(settings))
    return 0


async def _count(settings: PlatformSettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await count_scans(settings, stop)
