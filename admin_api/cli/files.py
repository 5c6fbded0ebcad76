"""The file that a command reads, and the way in which it tells what is wrong with it."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from admin_api.cli.outcome import CommandError


def add_file_argument(parser: argparse.ArgumentParser, summary: str) -> None:
    """Add the argument that names the file."""
    parser.add_argument("file", metavar="FILE", help=f"{summary}; - is stdin")


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """Open the file of this name; raises CommandError when it cannot be read."""
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(name).open("rb") as file:
            yield file
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.") from None


def describe(place: str, field: str | None, message: str, code: str) -> str:
    """Return the line that tells of one problem: where it is, what is wrong, and its code."""
    return f"{place}{f' {field}' if field else ''}: {message} [{code}]"
