"""`signpost edge`: serve resolution from the table file, Redis and PostgreSQL."""

import argparse

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops

from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.settings import UpSettings
from resolver.settings import EdgeSettings

# Connections that wait to be accepted, shared out by the kernel between the workers.
_BACKLOG = 4096
# A request in flight may take this long to finish once the edge is told to stop.
_DRAIN_S = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_setting_options(parser, "host", "port", "workers", "data_dir", "profile")


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop; a worker that dies comes back."""
    up, _ = read_command_settings(options, UpSettings, EdgeSettings)
    Granian(
        "resolver.app:create_app",
        factory=True,
        address=up.host,
        port=up.port,
        workers=up.workers,
        # RSGI would hand over decoded paths, in which a slash inside a lot looks like any other.
        interface=Interfaces.ASGI,
        http=HTTPModes.auto,
        loop=Loops.uvloop,
        websockets=False,
        backlog=_BACKLOG,
        respawn_failed_workers=True,
        workers_kill_timeout=_DRAIN_S,
    ).serve()
    return 0
