"""A clock that can be stepped: found by every Python that has this folder in its PYTHONPATH.

The file that CHAOS_CLOCK names holds by how many seconds the clock of the host is wrong.
"""

import os
import time
from mmap import ACCESS_READ, mmap
from struct import Struct

_DOUBLE = Struct("=d")


def _step(path: str) -> None:
    with open(path, "rb") as file:  # noqa: PTH123 - this module is read before all others, and imports little
        wrong_by = mmap(file.fileno(), _DOUBLE.size, access=ACCESS_READ)
    right = time.time
    time.time = lambda: right() + _DOUBLE.unpack_from(wrong_by)[0]


if os.environ.get("CHAOS_CLOCK"):
    _step(os.environ["CHAOS_CLOCK"])
