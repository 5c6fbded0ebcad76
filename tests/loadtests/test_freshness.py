from pathlib import Path

from loadtests.data import gtin_of
from loadtests.freshness import Freshness, remember, render, visible_places


class TestRemember:
    def test_other_sizes_are_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "freshness.json"
        remember([{"size": 1_000, "p99_ms": 1.0}, {"size": 50, "p99_ms": 1.0}], path)
        found = remember([{"size": 1_000, "p99_ms": 2.0}], path)
        assert found == [{"size": 50, "p99_ms": 1.0}, {"size": 1_000, "p99_ms": 2.0}]


class TestVisiblePlaces:
    def test_there_are_enough_of_them(self) -> None:
        places = visible_places(1_000)
        assert len({gtin_of(index) for index in places}) == len(places) > 50


class TestRender:
    def test_it_tells_the_worst(self) -> None:
        run = Freshness(
            at="2026-01-01",
            size=1_000,
            edits=20,
            rate=4_000.0,
            p50_ms=1.0,
            p99_ms=2.0,
            worst_ms=3.5,
            publish_ms=0.5,
        )
        assert "4,000/s" in render([run])
        assert "3.5 ms" in render([run])
