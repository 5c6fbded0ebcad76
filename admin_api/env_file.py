"""Settings from a file, which can be changed while a process runs: the environment of a process cannot."""

import os
from pathlib import Path

# As in admin_api.settings, which takes its time to import.
PREFIX = "SIGNPOST_"

VARIABLE = f"{PREFIX}ENV_FILE"
_NAMES = f"{PREFIX}ENV_FILE_NAMES"


class EnvFileError(Exception):
    """The file cannot be used; the message says where and why."""


def read_env_file() -> None:
    """Set what the file that SIGNPOST_ENV_FILE names says, if it names one; raises EnvFileError.

    What the file said when it was read before, in this process or its parent, and says no more, is unset.
    """
    name = os.environ.get(VARIABLE)
    if not name:
        return
    try:
        told = _parse(Path(name).read_text())
    except (OSError, ValueError) as error:
        raise EnvFileError(f"{VARIABLE} is {name!r}: {error}") from None
    for gone in {*os.environ.get(_NAMES, "").split(",")} - told.keys():
        os.environ.pop(gone, None)
    os.environ.update(told | {_NAMES: ",".join(sorted(told))})


def _parse(text: str) -> dict[str, str]:
    told = {}
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.startswith(PREFIX) or name == VARIABLE:
            raise ValueError(f"line {number} is {line!r}, and has to be {PREFIX}NAME=value")
        told[name] = value.strip()
    return told
