"""`signpost doctor`: check settings, servers and rights, and say what to do."""

import argparse
import asyncio

from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.doctor import Finding, examine
from admin_api.env_example import SETTINGS_CLASSES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_setting_options(parser, "host", "port", "data_dir")


def run(options: argparse.Namespace) -> int:
    """Print a line for each finding; 1 when something is to be done."""
    settings, *_ = read_command_settings(options, *SETTINGS_CLASSES)
    findings = [Finding("settings", "all can be used"), *asyncio.run(examine(settings))]
    for finding in findings:
        mark = "wrong" if finding.advice else "ok"
        print(f"{mark:<6}{finding.subject:<10}{finding.state}")
        if finding.advice:
            print(f"{'':<16}{finding.advice}")
    return 1 if any(finding.advice for finding in findings) else 0
