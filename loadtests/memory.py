"""What a process has in memory, as Linux counts it."""

from pathlib import Path
from typing import NamedTuple

MEGABYTE = 1_000_000


class Memory(NamedTuple):
    """Bytes of one process; what several share is divided among them. `anonymous` is its own data."""

    proportional: int
    anonymous: int


def read_memory(pid: int) -> Memory:
    """Return what the process *pid* has now."""
    return parse_rollup(Path(f"/proc/{pid}/smaps_rollup").read_text())


def parse_rollup(text: str) -> Memory:
    """Read the text of a `smaps_rollup`."""
    fields = (line.split() for line in text.splitlines())
    found = {
        parts[0]: int(parts[1]) * 1024 for parts in fields if parts[0].endswith(":") and parts[-1] == "kB"
    }
    return Memory(found["Pss:"], found["Pss_Anon:"])
