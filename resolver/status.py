"""What an operator and an orchestrator ask of one worker: is it alive, is it ready, what does it serve."""

import os
from importlib.metadata import version
from typing import Any

from resolver.worker import Worker


def read_status(worker: Worker) -> dict[str, Any]:
    """Return the state of this worker; instants are epoch seconds."""
    tally, _, holder, refresher, scans = worker
    pulse = refresher.pulse
    return {
        "version": version("signpost"),
        "worker": os.getpid(),
        "table": {
            "number": holder.number,
            "head": pulse.head,
            "slices": len(holder.table),
            "overlay": holder.table.overlay_size,
            "is_loaded": holder.is_loaded,
            "activated_at": holder.activated_at,
        },
        "refresh": {
            "last_heard_at": pulse.last_heard_at,
            "last_caught_up_at": pulse.last_caught_up_at,
            "keeper_told_at": pulse.at or None,
            "last_error": pulse.last_error,
            "failures": pulse.failures,
        },
        "answers": {
            "requests": tally.requests,
            "kept": tally.kept,
            "kept_share": round(tally.kept / tally.requests, 4) if tally.requests else None,
        },
        "scans": {"waiting": scans.waiting, "dropped": scans.dropped},
    }
