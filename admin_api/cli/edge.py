"""`signpost edge`: serve resolution from the files that a keeper beside it keeps fresh."""

import argparse
from importlib import import_module

from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.cli.serving import serve
from admin_api.embedded.keeper import running_keeper
from admin_api.settings import UpSettings
from resolver.settings import EdgeSettings

# Connections that wait to be accepted, in each worker's own queue.
_BACKLOG = 4096


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_setting_options(parser, "host", "port", "workers", "data_dir", "profile")


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop; a worker or keeper that dies comes back."""
    up, settings = read_command_settings(options, UpSettings, EdgeSettings)
    # Workers are forked: what is imported here is imported once, and its memory shared.
    import_module("resolver.app")
    with running_keeper():
        serve(
            "resolver.app:create_app",
            address=up.host,
            port=up.port,
            workers=up.workers,
            backlog=_BACKLOG,
            respawn_failed_workers=True,
            drain_s=settings.drain_seconds,
        )
    return 0
