"""How a worker tells the parent that made it that it has started."""

import os
from contextlib import suppress

VARIABLE = "SIGNPOST_STARTED_FD"
"""Names the descriptor of a pipe. Not a setting: the parent sets it in a worker alone."""


def tell_started() -> None:
    """Tell the parent, if it waits, that requests can be answered."""
    descriptor = os.environ.pop(VARIABLE, None)
    if descriptor is not None:
        with suppress(OSError):
            os.write(int(descriptor), b"+")
            os.close(int(descriptor))
