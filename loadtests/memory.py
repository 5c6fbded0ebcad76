"""What a process has in memory, as Linux counts it."""

from pathlib import Path
from typing import NamedTuple

MEGABYTE = 1_000_000


GROWTH = 1.10
SLACK_BYTES = 5 * MEGABYTE


class Memory(NamedTuple):
    """Bytes of one process; what several share is divided among them. `anonymous` is its own data."""

    proportional: int
    anonymous: int


def read_memory(pid: int) -> Memory:
    """Return what the process *pid* has now."""
    return parse_rollup(Path(f"/proc/{pid}/smaps_rollup").read_text())


def has_grown(before: int, after: int) -> bool:
    """Return whether a process has more than a little more than it had; both are bytes."""
    return after > before * GROWTH + SLACK_BYTES


def count_descriptors(pid: int) -> int:
    """Return how many descriptors the process *pid* has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def parse_rollup(text: str) -> Memory:
    """Read the text of a `smaps_rollup`."""
    fields = (line.split() for line in text.splitlines())
    found = {
        parts[0]: int(parts[1]) * 1024 for parts in fields if parts[0].endswith(":") and parts[-1] == "kB"
    }
    return Memory(found["Pss:"], found["Pss_Anon:"])
