from typing import Any

import pytest

from loadtests import figures
from loadtests.base import Effort
from loadtests.contest import Steadiness
from loadtests.memory import MEGABYTE

FULL = figures.FULL_SIZE


def make_effort(**fields: Any) -> Effort:
    defaults: dict[str, Any] = {
        "items": FULL,
        "rules": 3 * FULL,
        "slices": FULL,
        "slice_bytes": 1,
        "generate_s": 1.0,
        "compile_s": 80.0,
        "install_s": 10.0,
        "elapsed_s": 60.0,
        "peak_memory_bytes": MEGABYTE,
    }
    return Effort(**(defaults | fields))


def make_steadiness(**fields: Any) -> Steadiness:
    defaults: dict[str, Any] = {"size": 1_000, "rate": 10_000.0, "answered": 1.0, "edge_us": 1_400.0}
    return Steadiness(**({**defaults, "bare_us": 1_000.0} | fields))


def make_run(size: int, **fields: Any) -> dict[str, Any]:
    return {"at": "2026-01-01T00:00:00", "size": size, "p99_ms": 20.0, "publish_ms": 3.0} | fields


class TestThroughput:
    @pytest.mark.parametrize(
        ("size", "ratio", "met"),
        [
            (1_000, 0.80, True),
            (1_000, 0.79, False),
            (100_000, 0.65, True),
            (FULL, 0.65, True),
            (FULL, 0.6, False),
        ],
    )
    def test_it_is_met_from_the_target_up(self, size: int, ratio: float, *, met: bool) -> None:
        assert figures.throughput(size, ratio).met is met


class TestLatency:
    def test_it_is_met_within_one_and_a_half_times(self) -> None:
        assert figures.latency(make_steadiness()).met
        assert not figures.latency(make_steadiness(edge_us=1_600.0)).met

    def test_who_falls_behind_is_short(self) -> None:
        found = figures.latency(make_steadiness(answered=0.5))
        assert found.met is False
        assert "only 50% answered" in found.found


class TestWorkerMemory:
    def test_the_largest_worker_counts(self) -> None:
        assert figures.worker_memory(FULL, [90 * MEGABYTE, 120 * MEGABYTE]).met
        assert figures.worker_memory(FULL, [90 * MEGABYTE, 121 * MEGABYTE]).met is False

    def test_a_small_catalogue_cannot_meet_it(self) -> None:
        found = figures.worker_memory(1_000, [MEGABYTE])
        assert (found.met, found.verdict) == (None, "not measured")


class TestCompilation:
    def test_time_is_reckoned_up_to_three_million_rules(self) -> None:
        found = figures.compilation(make_effort(items=1_000, rules=3_000, compile_s=0.2, install_s=0.0))
        assert found.found.startswith("200 s (66.7 µs a rule")
        assert found.met is False

    def test_making_the_rules_up_is_not_counted(self) -> None:
        assert figures.compilation(make_effort(generate_s=1_000.0)).met


class TestEdits:
    def test_what_is_not_measured_names_its_command(self) -> None:
        for found in figures.edits([]):
            assert found.met is None
            assert "make freshness" in found.found

    def test_both_are_told_from_the_last_run(self) -> None:
        freshness, publication = figures.edits([make_run(1_000), make_run(FULL, publish_ms=4.0)])
        assert (freshness.met, publication.met) == (True, True)

    def test_a_cost_that_grows_is_short(self) -> None:
        runs = [make_run(1_000), make_run(FULL, publish_ms=9.0)]
        assert figures.edits(runs)[1].met is False
