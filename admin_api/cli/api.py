"""`signpost api`: serve the admin API, on a Unix socket behind an edge or on a port of its own."""

import argparse

from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.cli.serving import serve
from admin_api.settings import UpSettings
from product_platform.kit.settings import PlatformSettings
from resolver.settings import EdgeSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_setting_options(parser, "host", "port", "data_dir")


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop: on SIGNPOST_API_SOCKET when that is set, else on host and port."""
    up, _, edge = read_command_settings(options, UpSettings, PlatformSettings, EdgeSettings)
    if edge.api_socket is None:
        serve("admin_api.app:create_app", address=up.host, port=up.port)
        return 0
    serve("admin_api.app:create_app", uds=edge.api_socket, uds_permissions=0o600)
    return 0
