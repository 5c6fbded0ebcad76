"""How edge workers say on the bus that they live, and which change set they serve.

`WORKERS` is a sorted set of names by the second in which each was last heard. The number that a
worker serves lies under a key of its own, which expires when nothing more is heard of it.
"""

WORKERS = "signpost:workers"

LIVE_MS = 3_000
"""A worker that was not heard for so long is none that answers shoppers."""

FORGOTTEN_SECONDS = 3_600.0
"""A name that was not heard for so long is dropped; far more than clocks of hosts differ."""


def served_key(worker: str) -> str:
    """Return the key of the number that *worker* serves."""
    return f"signpost:worker:{worker}"
