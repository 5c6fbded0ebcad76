"""A figure of this machine at this moment, beside which the others can be read."""

from typing import Any


def count_to_a_thousand() -> int:
    total = 0
    for number in range(1_000):
        total += number
    return total


def test_calibration_one_thousand_additions(benchmark: Any) -> None:
    assert benchmark(count_to_a_thousand) == 499_500
