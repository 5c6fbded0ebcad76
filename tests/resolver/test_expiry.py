from datetime import date

import pytest

from resolver.expiry import read_expiry

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        ("270131", date(2027, 1, 31)),
        ("280200", date(2028, 2, 29)),
        ("270200", date(2027, 2, 28)),
        ("760101", date(2076, 1, 1)),
        ("770101", date(1977, 1, 1)),
        ("990101", date(1999, 1, 1)),
    ],
)
def test_the_century_is_the_nearest_and_day_00_the_last_of_the_month(encoded: str, expected: date) -> None:
    assert read_expiry(encoded, TODAY) == expected


def test_late_in_a_century_small_years_lie_ahead() -> None:
    assert read_expiry("050101", date(2080, 1, 1)) == date(2105, 1, 1)
