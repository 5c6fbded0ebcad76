"""What one worker counts while it answers: plain numbers, which nobody else writes and no lock guards."""

from bisect import bisect_left

LATENCY_BOUNDS_S = (
    0.000_005,
    0.000_010,
    0.000_025,
    0.000_050,
    0.000_100,
    0.000_250,
    0.000_500,
    0.001,
    0.005,
    0.025,
    0.1,
    1.0,
)
"""Upper bounds of the histogram, in seconds; one bucket more takes what is slower."""

SAMPLED_EVERY = 16
"""Of so many requests one is measured."""


class Tally:
    """Requests since the worker began: all, those answered by a kept answer, and by status what was no scan.

    Scans are counted by outcome where they are reported, other paths by whoever answers them. How long
    answers take, from their reading to their sending, is measured for one request in SAMPLED_EVERY.
    """

    __slots__ = ("kept", "latencies", "latency_sum_s", "requests", "statuses")

    def __init__(self) -> None:
        self.requests = 0
        self.kept = 0
        self.statuses: dict[int, int] = {}
        self.latencies = [0] * (len(LATENCY_BOUNDS_S) + 1)
        self.latency_sum_s = 0.0

    def note_status(self, status: int) -> None:
        """Count an answer that was no scan."""
        self.statuses[status] = self.statuses.get(status, 0) + 1

    def note_latency(self, seconds: float) -> None:
        """Count a measured request."""
        self.latencies[bisect_left(LATENCY_BOUNDS_S, seconds)] += 1
        self.latency_sum_s += seconds
