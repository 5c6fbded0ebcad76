"""What Prometheus is told of a host, by whichever of its workers is asked.

Each worker tells its numbers once a second to the others, and again before it answers. Instants are
told, not ages: the age of what no longer changes still grows.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import accumulate
from typing import Any

import structlog

from resolver.exposition import Family, render, to_series
from resolver.keep_running import keep_running
from resolver.slots import Numbers, Slots
from resolver.spool import Spool
from resolver.table_store import TableStore
from resolver.tally import LATENCY_BOUNDS_S, Tally
from resolver.worker import Worker
from rules_compiler.model import EpochSeconds

TELL_SECONDS = 1.0

# So that an alarm on their growth sees the first of them.
_ALARMING = {500: 0, 503: 0}

_log = structlog.get_logger()

FAMILIES = (
    Family("signpost_requests_total", "counter", "Requests of any kind."),
    Family("signpost_kept_answers_total", "counter", "Requests answered by an answer that was kept."),
    Family("signpost_scans_total", "counter", "Scans by outcome, counted as they are handed over."),
    Family("signpost_scans_dropped_total", "counter", "Scans lost because memory and disk were full."),
    Family("signpost_answers_total", "counter", "Answers about identifiers that were no scan, by status."),
    Family("signpost_other_answers_total", "counter", "Answers on all other paths, by status."),
    Family("signpost_answer_seconds", "histogram", "From reading to sending, of one request in sixteen."),
    Family("signpost_refresh_failures_total", "counter", "Failures of workers to read files or to listen."),
    Family("signpost_told_timestamp_seconds", "gauge", "When the worker last told its numbers."),
    Family("signpost_table_number", "gauge", "The newest change set that the worker serves."),
    Family("signpost_table_slices", "gauge", "Slices of the table that the worker serves."),
    Family("signpost_table_overlay_slices", "gauge", "Slices that are newer than the files."),
    Family("signpost_table_activated_timestamp_seconds", "gauge", "When the table was swapped in."),
    Family("signpost_head_confirmed_timestamp_seconds", "gauge", "When the head was last heard or asked."),
    Family("signpost_scans_waiting", "gauge", "Scans in memory that are not yet handed over."),
    Family("signpost_spooled_bytes", "gauge", "Size of the scans on disk that Redis could not take."),
    Family("signpost_keeper_told_timestamp_seconds", "gauge", "When the keeper last said that it runs."),
    Family("signpost_keeper_head", "gauge", "The newest change set that the keeper has heard of."),
    Family("signpost_keeper_heard_timestamp_seconds", "gauge", "When the keeper last heard an announcement."),
    Family(
        "signpost_keeper_caught_up_timestamp_seconds", "gauge", "When the keeper last asked the database."
    ),
    Family("signpost_keeper_failures_total", "counter", "Failures of the keeper since it began."),
)


class Metrics:
    """Runs beside the requests of one worker. Files are written and read in a thread, never by the loop."""

    def __init__(
        self,
        worker: Worker,
        slots: Slots,
        store: TableStore,
        spool: Spool,
        *,
        now: Callable[[], EpochSeconds],
    ) -> None:
        self._worker = worker
        self._slots = slots
        self._store = store
        self._spool = spool
        self._now = now
        # INVARIANT: one thread at a time reads and writes, so no older numbers come after newer ones.
        self._one_at_a_time = threading.Lock()

    async def run(self) -> None:
        """Tell until cancelled, and then once more."""
        try:
            await keep_running(self._tell_for_ever, self._note)
        finally:
            with suppress(OSError), self._one_at_a_time:
                self._tell()
            self._slots.leave()

    async def render(self) -> bytes:
        """Return the numbers of all workers of this host; raises OSError when its own cannot be told."""
        return await asyncio.to_thread(self._render)

    async def _tell_for_ever(self) -> None:
        while True:
            await asyncio.to_thread(self._tell_alone)
            await asyncio.sleep(TELL_SECONDS)

    def _tell_alone(self) -> None:
        with self._one_at_a_time:
            self._tell()

    def _tell(self) -> None:
        gauges = read_gauges(self._worker) | {"signpost_told_timestamp_seconds": self._now()}
        self._slots.tell(Numbers(read_counters(self._worker), gauges))

    def _render(self) -> bytes:
        with self._one_at_a_time:
            # INVARIANT: nothing is answered that is not in a file, where it outlives this process.
            self._tell()
            numbers = self._slots.read_counters()
            by_slot = self._slots.read_gauges()
        for slot, gauges in by_slot.items():
            numbers |= {to_series(name, "worker", slot): number for name, number in gauges.items()}
        return render(FAMILIES, numbers | read_host(self._store, self._spool))

    @staticmethod
    def _note(error: Exception) -> None:
        _log.warning("the metrics cannot be told", error=type(error).__name__)


def read_counters(worker: Worker) -> dict[str, float]:
    """Return what *worker* counted since it began."""
    # The loop goes on counting meanwhile; a dict, or a list, is copied at one instant.
    statuses, others, outcomes = dict(worker.tally.statuses), dict(worker.others), dict(worker.scans.outcomes)
    return {
        "signpost_requests_total": worker.tally.requests,
        "signpost_kept_answers_total": worker.tally.kept,
        **_by_label("signpost_scans_total", "outcome", outcomes),
        "signpost_scans_dropped_total": worker.scans.dropped,
        **_by_label("signpost_answers_total", "status", _ALARMING | statuses),
        **_by_label("signpost_other_answers_total", "status", _ALARMING | others),
        **_read_latencies(worker.tally),
        "signpost_refresh_failures_total": worker.refresher.failures,
    }


def read_gauges(worker: Worker) -> dict[str, float]:
    """Return what is so with *worker* now; what was never so is left out."""
    pulse, table = worker.refresher.pulse, worker.holder.table
    return _known(
        {
            "signpost_table_number": table.number,
            "signpost_table_slices": len(table),
            "signpost_table_overlay_slices": table.overlay_size,
            "signpost_table_activated_timestamp_seconds": worker.holder.activated_at,
            "signpost_head_confirmed_timestamp_seconds": pulse.confirmed_at,
            "signpost_scans_waiting": worker.scans.waiting,
        }
    )


def read_host(store: TableStore, spool: Spool) -> dict[str, float]:
    """Return what is so with the host, whichever worker looks."""
    pulse = store.read_pulse()
    if pulse is None:
        return {"signpost_spooled_bytes": spool.size_bytes}
    return _known(
        {
            "signpost_spooled_bytes": spool.size_bytes,
            "signpost_keeper_told_timestamp_seconds": pulse.at,
            "signpost_keeper_head": pulse.head,
            "signpost_keeper_heard_timestamp_seconds": pulse.last_heard_at,
            "signpost_keeper_caught_up_timestamp_seconds": pulse.last_caught_up_at,
            "signpost_keeper_failures_total": pulse.failures,
        }
    )


def _read_latencies(tally: Tally) -> dict[str, float]:
    latencies, sum_s = tally.latencies[:], tally.latency_sum_s
    bounds = [*map(str, LATENCY_BOUNDS_S), "+Inf"]
    buckets = dict(zip(bounds, accumulate(latencies), strict=True))
    return {
        **_by_label("signpost_answer_seconds_bucket", "le", buckets),
        "signpost_answer_seconds_sum": sum_s,
        "signpost_answer_seconds_count": sum(latencies),
    }


def _by_label(name: str, label: str, numbers: Mapping[Any, float]) -> dict[str, float]:
    return {to_series(name, label, value): number for value, number in numbers.items()}


def _known(numbers: Mapping[str, float | None]) -> dict[str, float]:
    return {name: number for name, number in numbers.items() if number is not None}
