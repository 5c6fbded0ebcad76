"""What a soak says of half an hour: the last quarter is held against the second."""

from loadtests.memory import MEGABYTE
from loadtests.soak import Soak, quarter, render


def make_soak(sizes: list[int], descriptors: list[int], latencies: list[float], *faults: str) -> Soak:
    memory = {"keeper": [size * MEGABYTE for size in sizes]}
    return Soak(
        60.0, memory=memory, descriptors={"keeper": descriptors}, latencies=latencies, faults=[*faults]
    )


FLAT = [10, 40, 40, 41]


class TestVerdicts:
    def test_what_is_flat_is_ok(self) -> None:
        found = make_soak(FLAT, FLAT, [9.0, 1.0, 1.0, 1.2])
        assert set(found.verdicts().values()) == {True}
        assert "memory: ok" in render(found)

    def test_each_is_looked_at(self) -> None:
        found = make_soak([10, 40, 50, 60], [10, 40, 60, 80], [1.0, 1.0, 2.0, 3.0], "an edit is gone")
        assert set(found.verdicts().values()) == {False}
        assert "memory: NOT OK" in render(found)
        assert "an edit is gone" in render(found)


class TestQuarter:
    def test_each_has_as_many(self) -> None:
        assert [quarter(range(8), number) for number in range(4)] == [
            range(2),
            range(2, 4),
            range(4, 6),
            range(6, 8),
        ]

    def test_of_too_few_it_is_all(self) -> None:
        assert quarter([1, 2], 3) == [1, 2]
