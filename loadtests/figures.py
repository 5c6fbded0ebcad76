"""The numbers that Signpost is to reach: what each is, its target, and whether a run has met it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from loadtests.base import Effort
from loadtests.contest import Steadiness
from loadtests.memory import MEGABYTE

N2_RATIO = 1.5
N2_ANSWERED = 0.95
N3_BYTES = 120 * MEGABYTE
N4_S = 1.5
N5_MS = 50.0
N6_S = 120.0
N6_RULES = 3_000_000
N7_RATIO = 1.5
SMALL_SIZE = 1_000
FULL_SIZE = 1_000_000

FRESHNESS = "make freshness"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number: `met` is None when this run has not measured it, and `found` then says what does."""

    name: str
    what: str
    target: str
    found: str
    met: bool | None

    @property
    def verdict(self) -> str:
        """Return the word for the table."""
        return {True: "met", False: "short", None: "not measured"}[self.met]


def n1_target(size: int) -> float:
    """Return the share of the bare callable's rate that an edge of *size* products is to reach."""
    return 0.80 if size <= SMALL_SIZE else 0.65


def throughput(size: int, ratio: float) -> Figure:
    """Return N1 for one size."""
    target = n1_target(size)
    what = f"requests/s against a bare callable, {size:,} GTINs"
    return Figure(name="N1", what=what, target=f"≥ {target:.2f}", found=f"{ratio:.2f}", met=ratio >= target)


def latency(steady: Steadiness) -> Figure:
    """Return N2 for one size. An edge that falls behind at this rate is overloaded, and falls short."""
    ratio = steady.edge_us / steady.bare_us
    found = f"{ratio:.2f} ({steady.edge_us / 1000:.2f} ms to {steady.bare_us / 1000:.2f} ms"
    found += f" at {steady.rate:,.0f}/s)"
    keeps_up = steady.answered >= N2_ANSWERED
    if not keeps_up:
        found += f", only {steady.answered:.0%} answered"
    what = f"p99 at half of that load to the bare callable's, {steady.size:,} GTINs"
    met = keeps_up and ratio <= N2_RATIO
    return Figure(name="N2", what=what, target=f"≤ {N2_RATIO}", found=found, met=met)


def worker_memory(size: int, anonymous: Sequence[int]) -> Figure:
    """Return N3 from the anonymous memory of each worker."""
    most = max(anonymous)
    found = ", ".join(f"{each / MEGABYTE:.0f}" for each in sorted(anonymous)) + " MB"
    return Figure(
        name="N3",
        what=f"Pss_Anon of each of {len(anonymous)} workers, {size:,} GTINs",
        target=f"≤ {N3_BYTES // MEGABYTE} MB",
        found=found,
        met=_at_full_size(size, is_met=most <= N3_BYTES),
    )


def start(size: int, seconds: Sequence[float]) -> Figure:
    """Return N4 from several starts."""
    found = median(seconds)
    return Figure(
        name="N4",
        what=f"edge start to first answer from disk, {size:,} GTINs",
        target=f"≤ {N4_S} s",
        found=f"{found:.2f} s",
        met=_at_full_size(size, is_met=found <= N4_S),
    )


def compilation(effort: Effort) -> Figure:
    """Return N6 from what making the base took; a smaller one is reckoned up to the full size."""
    seconds = effort.micros_a_rule * N6_RULES / 1e6
    found = f"{seconds:.0f} s ({effort.micros_a_rule:.1f} µs a rule, at most "
    found += f"{effort.peak_memory_bytes / MEGABYTE:.0f} MB a process)"
    return Figure(
        name="N6",
        what=f"compile and store 3·10⁶ rules, one core, from {effort.rules:,} rules in memory",
        target=f"≤ {N6_S:.0f} s",
        found=found,
        met=_at_full_size(effort.items, is_met=seconds <= N6_S),
    )


def edits(runs: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """Return N5 and N7 from what the freshness harness has found last, the smallest catalogue first."""
    return [_freshness(runs), _publication(runs)]


def _freshness(runs: Sequence[Mapping[str, Any]]) -> Figure:
    what, target = "rule change committed → served by every worker, p99", f"≤ {N5_MS:.0f} ms"
    if not runs:
        return Figure(name="N5", what=what, target=target, found=f"by {FRESHNESS}", met=None)
    last = runs[-1]
    found = f"{last['p99_ms']:.0f} ms at {last['size']:,} GTINs ({last['at'][:10]}, {FRESHNESS})"
    met = _at_full_size(last["size"], is_met=last["p99_ms"] <= N5_MS)
    return Figure(name="N5", what=what, target=target, found=found, met=met)


def _publication(runs: Sequence[Mapping[str, Any]]) -> Figure:
    what, target = "one edit: publish cost", f"independent of size (within {N7_RATIO} times)"
    if len(runs) < 2:  # one size tells nothing about growth
        return Figure(name="N7", what=what, target=target, found=f"by {FRESHNESS}", met=None)
    least, most = runs[0], runs[-1]
    ratio = most["publish_ms"] / least["publish_ms"]
    found = (
        f"{least['publish_ms']:.1f} ms at {least['size']:,}, {most['publish_ms']:.1f} ms at {most['size']:,}"
    )
    met = _at_full_size(most["size"], is_met=ratio <= N7_RATIO)
    return Figure(name="N7", what=what, target=target, found=f"{found} ({FRESHNESS})", met=met)


def _at_full_size(size: int, *, is_met: bool) -> bool | None:
    """Return whether a target is met, which only a catalogue of the full size can tell."""
    return is_met if size >= FULL_SIZE or not is_met else None
