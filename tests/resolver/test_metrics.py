import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from prometheus_client.parser import text_string_to_metric_families

from resolver.holder import Holder
from resolver.metrics import FAMILIES, Metrics
from resolver.refresh import Refresher
from resolver.scans import ScanReporter
from resolver.slots import Slots
from resolver.spool import Spool
from resolver.table_store import Pulse, TableStore
from resolver.tally import LATENCY_BOUNDS_S, Tally
from resolver.worker import Worker
from rules_compiler.dict_table import DictTable

NOW = 1_000_000.0

Samples: TypeAlias = dict[tuple[str, ...], float]


class OneWorker:
    """One worker of the host whose data lies in *folder*."""

    def __init__(self, folder: Path) -> None:
        self.spool, self.store = Spool(folder / "scans"), TableStore(folder / "tables")
        self.slots = Slots(folder / "metrics")
        self.holder = Holder(lambda: NOW - 60)
        self.worker = Worker(
            Tally(),
            Counter(),
            self.holder,
            Refresher(self.holder, self.store, redis_url=None),
            ScanReporter(None, self.spool),
        )
        self.metrics = Metrics(self.worker, self.slots, self.store, self.spool, now=lambda: NOW)

    def read(self) -> Samples:
        return parse(asyncio.run(self.metrics.render()).decode())


def parse(text: str) -> Samples:
    """Return samples by name and the values of their labels; no series comes twice."""
    families = [*text_string_to_metric_families(text)]
    assert all(family.type != "unknown" and family.documentation for family in families)
    samples = [sample for family in families for sample in family.samples]
    found = {(sample.name, *sample.labels.values()): sample.value for sample in samples}
    assert len(found) == len(samples)
    return found


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[[], OneWorker]]:
    begun: list[OneWorker] = []

    def begin() -> OneWorker:
        begun.append(OneWorker(tmp_path))
        return begun[-1]

    yield begin
    for each in begun:
        each.slots.leave()


Begin: TypeAlias = Callable[[], OneWorker]


class TestCounters:
    def test_they_are_those_of_all_workers_whoever_is_asked(self, begin: Begin) -> None:
        one, other = begin(), begin()
        one.worker.tally.requests, other.worker.tally.requests = 3, 4
        one.worker.scans.outcomes["redirect"] = 2
        other.worker.scans.outcomes.update({"redirect": 1, "hosted": 1})
        one.worker.tally.note_status(404)
        other.worker.others[401] = 1  # type: ignore[index]  # the worker itself only reads it
        one.read()
        seen = other.read()
        assert seen == one.read()
        assert seen["signpost_requests_total",] == 7
        assert seen["signpost_scans_total", "redirect"] == 3
        assert seen["signpost_scans_total", "hosted"] == 1
        assert seen["signpost_answers_total", "404"] == 1
        assert seen["signpost_other_answers_total", "401"] == 1

    def test_they_do_not_fall_when_a_worker_comes_back(self, begin: Begin) -> None:
        before = begin()
        before.worker.tally.requests = 5
        before.read()
        before.slots.leave()
        after = begin()
        assert after.read()["signpost_requests_total",] == 5
        after.worker.tally.requests = 2
        assert after.read()["signpost_requests_total",] == 7

    def test_failures_are_there_before_the_first(self, begin: Begin) -> None:
        seen = begin().read()
        for name in ("signpost_answers_total", "signpost_other_answers_total"):
            assert (seen[name, "500"], seen[name, "503"]) == (0, 0)


class TestHistogram:
    def test_buckets_are_cumulative_and_the_last_has_all(self, begin: Begin) -> None:
        one, other = begin(), begin()
        for each, seconds in ((one, 4e-6), (one, 8e-6), (other, 4e-6), (other, 9.0)):
            each.worker.tally.note_latency(seconds)
        one.read()
        seen = other.read()
        buckets = [value for (name, *_), value in seen.items() if name == "signpost_answer_seconds_bucket"]
        bounds = [float(labels[0]) for name, *labels in seen if name == "signpost_answer_seconds_bucket"]
        assert bounds == [*LATENCY_BOUNDS_S, float("inf")]
        assert (buckets[0], buckets[1], buckets[-1]) == (2, 3, 4)
        assert all(narrow <= wide for narrow, wide in pairwise(buckets))
        assert seen["signpost_answer_seconds_count",] == 4
        assert seen["signpost_answer_seconds_sum",] == pytest.approx(9.000016)


class TestGauges:
    def test_each_worker_has_its_own(self, begin: Begin) -> None:
        one, other = begin(), begin()
        one.holder.replace(DictTable(7, {"org/1": b""}))
        other.holder.replace(DictTable(8, {}))
        one.read()
        seen = other.read()
        assert (seen["signpost_table_number", "0"], seen["signpost_table_number", "1"]) == (7, 8)
        assert seen["signpost_table_slices", "0"] == 1
        assert seen["signpost_table_overlay_slices", "0"] == 1
        assert seen["signpost_table_activated_timestamp_seconds", "0"] == NOW - 60
        assert seen["signpost_told_timestamp_seconds", "0"] == NOW
        assert seen["signpost_scans_waiting", "0"] == 0

    def test_those_of_the_dead_are_not_told(self, begin: Begin) -> None:
        one, other = begin(), begin()
        one.read()
        assert ("signpost_table_number", "0") in other.read()
        one.slots.leave()
        assert ("signpost_table_number", "0") not in other.read()

    def test_what_never_was_is_left_out(self, begin: Begin) -> None:
        names = {name for name, *_ in begin().read()}
        assert "signpost_table_activated_timestamp_seconds" not in names
        assert "signpost_head_confirmed_timestamp_seconds" not in names
        assert "signpost_keeper_told_timestamp_seconds" not in names


class TestHost:
    def test_the_keeper_tells_its_pulse(self, begin: Begin) -> None:
        one = begin()
        one.store.write_pulse(
            Pulse(at=NOW - 1, head=9, last_heard_at=NOW - 2, last_caught_up_at=NOW - 3, failures=4)
        )
        seen = one.read()
        assert seen["signpost_keeper_told_timestamp_seconds",] == NOW - 1
        assert seen["signpost_keeper_head",] == 9
        assert seen["signpost_keeper_heard_timestamp_seconds",] == NOW - 2
        assert seen["signpost_keeper_caught_up_timestamp_seconds",] == NOW - 3
        assert seen["signpost_keeper_failures_total",] == 4
        assert seen["signpost_head_confirmed_timestamp_seconds", "0"] == NOW - 2

    def test_the_spool_is_measured_whoever_wrote_it(self, begin: Begin) -> None:
        one, other = begin(), begin()
        one.spool.append(b"123456")
        assert other.read()["signpost_spooled_bytes",] == 10


class TestRun:
    async def test_it_tells_at_once_and_at_its_end(self, begin: Begin, tmp_path: Path) -> None:
        one = begin()
        one.worker.tally.requests = 1
        told = asyncio.Event()
        watch(one.slots, told)
        running = asyncio.create_task(one.metrics.run())
        await told.wait()
        one.worker.tally.requests = 3
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        left = Slots(tmp_path / "metrics")
        assert left.read_counters()["signpost_requests_total"] == 3
        assert left.read_gauges() == {}


def watch(slots: Slots, told: asyncio.Event) -> None:
    """Set *told* once *slots* has told something."""
    loop, tell = asyncio.get_running_loop(), slots.tell

    def tell_and_say(numbers: Any) -> None:
        tell(numbers)
        loop.call_soon_threadsafe(told.set)

    slots.tell = tell_and_say  # type: ignore[method-assign]


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "metrics").write_text("not a folder")
    with pytest.raises(OSError, match="metrics"):
        OneWorker(tmp_path).read()


def test_every_family_is_told(begin: Begin) -> None:
    one = begin()
    one.holder.replace(DictTable(1, {}))
    one.worker.scans.outcomes["redirect"] += 1
    one.store.write_pulse(Pulse(at=NOW, last_heard_at=NOW, last_caught_up_at=NOW))
    text = asyncio.run(one.metrics.render()).decode()
    assert [family.name for family in FAMILIES if f"# TYPE {family.name} {family.kind}\n" not in text] == []
