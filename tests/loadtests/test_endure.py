from loadtests.endure import Endurance, render
from loadtests.memory import MEGABYTE


def make_endurance(*memory: dict[int, int], **fields: object) -> Endurance:
    sizes = [{pid: size * MEGABYTE for pid, size in each.items()} for each in memory]
    return Endurance(60, 1_000.0, memory=sizes, **fields)  # type: ignore[arg-type]  # as the test says


class TestIsFlat:
    def test_a_little_more_is_flat(self) -> None:
        assert make_endurance({1: 20}, {1: 50}, {1: 58}).is_flat

    def test_more_than_that_grows(self) -> None:
        assert not make_endurance({1: 20, 2: 20}, {1: 50, 2: 50}, {1: 50, 2: 65}).is_flat

    def test_a_worker_that_came_anew_is_not_flat(self) -> None:
        assert not make_endurance({1: 20}, {1: 50}, {2: 50}).is_flat


class TestRender:
    def test_it_tells_memory_and_what_was_wrong(self) -> None:
        text = render(make_endurance({1: 20}, {1: 50}, {1: 51}, edits=3_000, faults=["table 7, GET /01/x"]))
        assert "worker 1  20.0 MB  50.0 MB  51.0 MB" in text
        assert "3,000 edits in 60 s" in text
        assert "table 7, GET /01/x" in text
        assert text.endswith("memory: flat")
