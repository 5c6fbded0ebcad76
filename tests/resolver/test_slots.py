import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.slots import Numbers, Slots

Begin: TypeAlias = Callable[[], Slots]

TELL_AND_WAIT = """
import sys
from pathlib import Path
from resolver.slots import Numbers, Slots
slots = Slots(Path(sys.argv[1]))
slots.tell(Numbers({"requests": 5}, {"number": 1}))
print("told", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Let workers begin, and leave at the end those that still live."""
    with ExitStack() as stack:

        def begin() -> Slots:
            slots = Slots(tmp_path)
            stack.callback(slots.leave)
            return slots

        yield begin


def tell(slots: Slots, requests: int, *, number: int = 1) -> None:
    slots.tell(Numbers({"requests": requests}, {"number": number}))


def read(folder: Path) -> dict[str, float]:
    return Slots(folder).read_counters()


class TestCounters:
    def test_they_are_summed_over_all_workers(self, begin: Begin, tmp_path: Path) -> None:
        one, other = begin(), begin()
        tell(one, 3)
        tell(other, 4)
        tell(one, 5)
        assert read(tmp_path) == {"requests": 9}

    def test_those_of_the_dead_still_count(self, begin: Begin, tmp_path: Path) -> None:
        one, other = begin(), begin()
        tell(one, 3)
        tell(other, 4)
        one.leave()
        assert read(tmp_path) == {"requests": 7}

    def test_a_worker_that_comes_back_goes_on_counting(self, begin: Begin, tmp_path: Path) -> None:
        before, after = begin(), begin()
        tell(before, 3)
        before.leave()
        tell(after, 0)
        assert read(tmp_path) == {"requests": 3}
        tell(after, 2)
        assert read(tmp_path) == {"requests": 5}

    def test_a_series_that_only_the_dead_had_stays(self, begin: Begin, tmp_path: Path) -> None:
        before, after = begin(), begin()
        before.tell(Numbers({"hosted": 1}, {}))
        before.leave()
        after.tell(Numbers({"redirect": 1}, {}))
        assert read(tmp_path) == {"hosted": 1, "redirect": 1}

    @given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["count", "tell", "die"]))))
    def test_they_never_fall_whoever_dies_and_are_what_was_told(self, events: list[tuple[int, str]]) -> None:
        with TemporaryDirectory() as name:
            folder = Path(name)
            workers = [Slots(folder) for _ in range(3)]
            counted, told, left = Counter[int](), Counter[int](), 0
            for worker, event in events:
                if event == "count":
                    counted[worker] += 1
                elif event == "tell":
                    tell(workers[worker], counted[worker])
                    told[worker] = counted[worker]
                else:
                    workers[worker].leave()
                    workers[worker] = Slots(folder)
                    left += told.pop(worker, 0)
                    counted.pop(worker, None)
                assert read(folder).get("requests", 0) == left + told.total()
            for slots in workers:
                slots.leave()
            assert len(list(folder.glob("*.json"))) <= 3


class TestGauges:
    def test_each_living_worker_has_its_own(self, begin: Begin) -> None:
        one, other = begin(), begin()
        tell(one, 0, number=7)
        tell(other, 0, number=8)
        assert other.read_gauges() == {0: {"number": 7}, 1: {"number": 8}}

    def test_the_dead_have_none(self, begin: Begin) -> None:
        one, other = begin(), begin()
        tell(one, 0, number=7)
        tell(other, 0, number=8)
        one.leave()
        assert other.read_gauges() == {1: {"number": 8}}

    def test_whoever_comes_back_has_the_slot_of_the_dead(self, begin: Begin) -> None:
        before, after = begin(), begin()
        tell(before, 0, number=7)
        before.leave()
        tell(after, 0, number=8)
        assert after.read_gauges() == {0: {"number": 8}}


class TestProcesses:
    def test_a_killed_one_leaves_its_counters_and_its_slot(self, begin: Begin, tmp_path: Path) -> None:
        process = subprocess.Popen(
            [sys.executable, "-c", TELL_AND_WAIT, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"told\n"
            own = begin()
            assert own.read_gauges().keys() == {0}
            process.kill()
        assert own.read_gauges() == {}
        tell(own, 2)
        assert own.read_counters() == {"requests": 7}
        assert own.read_gauges().keys() == {0}


class TestFiles:
    def test_without_any_there_is_nothing(self, tmp_path: Path) -> None:
        slots = Slots(tmp_path / "absent")
        assert (slots.read_counters(), slots.read_gauges()) == ({}, {})

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b'[0,{"requests":9},{"number":9}]'])
    def test_one_that_is_damaged_or_of_another_release_says_nothing(
        self, begin: Begin, tmp_path: Path, content: bytes
    ) -> None:
        before, after = begin(), begin()
        tell(before, 3)
        before.leave()
        (tmp_path / "0.json").write_bytes(content)
        assert read(tmp_path) == {}
        tell(after, 1)
        assert read(tmp_path) == {"requests": 1}

    def test_a_folder_that_cannot_be_made_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("not a folder")
        with pytest.raises(OSError, match="file"):
            tell(Slots(tmp_path / "file" / "metrics"), 1)
