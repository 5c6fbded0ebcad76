"""What an operator and an orchestrator ask of one worker: is it alive, is it ready, what does it serve."""

import os
from importlib.metadata import version
from typing import Any

from resolver.holder import Holder
from resolver.refresh import Refresher
from resolver.scans import ScanReporter


def read_status(holder: Holder, refresher: Refresher, scans: ScanReporter) -> dict[str, Any]:
    """Return the state of this worker; instants are epoch seconds."""
    pulse = refresher.pulse
    return {
        "version": version("signpost"),
        "worker": os.getpid(),
        "table": {
            "number": holder.number,
            "head": pulse.head,
            "slices": len(holder.table),
            "is_loaded": holder.is_loaded,
            "activated_at": holder.activated_at,
        },
        "refresh": {
            "last_heard_at": pulse.last_heard_at,
            "last_caught_up_at": pulse.last_caught_up_at,
            "last_error": pulse.last_error,
            "failures": pulse.failures,
        },
        "scans": {"waiting": scans.waiting, "dropped": scans.dropped},
    }
