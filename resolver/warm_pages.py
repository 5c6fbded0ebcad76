"""Map the pages of a file before somebody asks for them.

A page that is asked for first has to be found by the kernel, while the request waits: that takes several
times as long as everything that a look-up does.
"""

import mmap
import os
import sys
import time
from pathlib import Path
from threading import Thread

# Linux 5.14 and later; Python has no name for it.
_MADV_POPULATE_READ = 22
_STEP_BYTES = 1 << 20
_PAUSE_S = 0.001


def warm_pages(mapped: mmap.mmap, path: Path) -> Thread:
    """Map all pages of *mapped*, the file at *path*, in a thread of its own, which is returned.

    Where the system cannot do that, pages are mapped as they are asked for.
    """
    thread = Thread(target=_warm, args=(mapped, path), name="warm pages", daemon=True)
    thread.start()
    return thread


def _warm(mapped: mmap.mmap, path: Path) -> None:
    if sys.platform != "linux":
        return
    try:
        with path.open("rb", buffering=0) as file:
            for offset in range(0, len(mapped), _STEP_BYTES):
                # What is not in memory is read here, where nobody waits: mapping holds the interpreter.
                length = len(os.pread(file.fileno(), _STEP_BYTES, offset))
                mapped.madvise(_MADV_POPULATE_READ, offset, length)
                time.sleep(_PAUSE_S)
    except OSError:
        return  # an older kernel, or the file is gone: nothing depends on it
