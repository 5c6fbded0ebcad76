"""`signpost jobs`: do what customers asked for that takes long, such as imports and exports."""

import argparse
import asyncio
import os
import signal

from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.logs import configure_logs
from admin_api.wiring import JOB_HANDLERS, open_services
from product_platform.kit.job_worker import work_jobs
from product_platform.kit.settings import PlatformSettings

# Shoppers and editors come first on a machine that does all of it.
_NICENESS = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_setting_options(parser, "data_dir")


def run(options: argparse.Namespace) -> int:
    """Work until told to stop; any number may work at once."""
    read_command_settings(options, PlatformSettings)
    configure_logs()
    os.nice(_NICENESS)
    asyncio.run(_work())
    return 0


async def _work() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_services() as services:
        await work_jobs(services, JOB_HANDLERS, stop)
