"""Options that stand for settings: given on the command line they win over the environment."""

import argparse
import os
from typing import Any

from pydantic_settings import BaseSettings

from admin_api.cli.outcome import WrongUseError
from admin_api.settings import PREFIX, WrongSettingsError, read_settings

_OPTIONS = {
    "host": ("ADDRESS", "address to listen on"),
    "port": ("NUMBER", "port to listen on"),
    "workers": ("NUMBER", "number of edge workers"),
    "data_dir": ("FOLDER", "folder for everything kept on disk"),
    "profile": ("NAME", "reading of the standard: gs1 or contract"),
}
_VARIABLES = {"profile": f"{PREFIX}RESOLUTION_PROFILE"}


def add_setting_options(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add the options *names*; each is described with the variable that it stands for."""
    for name in names:
        metavar, summary = _OPTIONS[name]
        parser.add_argument(
            f"--{name.replace('_', '-')}", metavar=metavar, dest=name, help=f"{summary} ({_variable(name)})"
        )


def read_command_settings(options: argparse.Namespace, *classes: type[BaseSettings]) -> list[Any]:
    """Return the settings with the given *options* put first, for this process and its children."""
    for name in _OPTIONS:
        value = getattr(options, name, None)
        if value is not None:
            os.environ[_variable(name)] = value
    try:
        return read_settings(*classes)
    except WrongSettingsError as error:
        raise WrongUseError(str(error)) from None


def _variable(name: str) -> str:
    return _VARIABLES.get(name, f"{PREFIX}{name.upper()}")
