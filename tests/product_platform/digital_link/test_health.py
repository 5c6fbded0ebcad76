"""The states of a target: down after three failures, up again after two successes."""

import pytest

from product_platform.digital_link import CustomUrlStatus
from product_platform.digital_link.models import Health

UNKNOWN, HEALTHY, DEGRADED, UNREACHABLE = (
    CustomUrlStatus.UNKNOWN,
    CustomUrlStatus.HEALTHY,
    CustomUrlStatus.DEGRADED,
    CustomUrlStatus.UNREACHABLE,
)


def follow(health: Health, looks: str) -> list[Health]:
    """Return the health after each look: `+` for a success, `-` for a failure."""
    seen = []
    for look in looks:
        health = health.after(is_alive=look == "+")
        seen.append(health)
    return seen


class TestAfter:
    @pytest.mark.parametrize("status", [UNKNOWN, HEALTHY, DEGRADED])
    def test_one_success_heals_what_lives(self, status: CustomUrlStatus) -> None:
        assert Health(status, failure_count=2).after(is_alive=True) == Health(HEALTHY, 0, 1)

    @pytest.mark.parametrize("status", [UNKNOWN, HEALTHY, DEGRADED])
    @pytest.mark.parametrize("failures", [0, 1])
    def test_a_failure_below_the_threshold_degrades(self, status: CustomUrlStatus, failures: int) -> None:
        assert Health(status, failures, 5).after(is_alive=False) == Health(DEGRADED, failures + 1, 0)

    @pytest.mark.parametrize("status", [UNKNOWN, HEALTHY, DEGRADED])
    def test_the_third_failure_kills(self, status: CustomUrlStatus) -> None:
        assert Health(status, failure_count=2).after(is_alive=False) == Health(UNREACHABLE, 3, 0)

    def test_the_first_success_of_the_dead_is_not_enough(self) -> None:
        assert Health(UNREACHABLE, 7).after(is_alive=True) == Health(UNREACHABLE, 0, 1)

    def test_the_second_is(self) -> None:
        assert Health(UNREACHABLE, 0, 1).after(is_alive=True) == Health(HEALTHY, 0, 2)

    def test_the_dead_stay_dead_when_they_fail(self) -> None:
        assert Health(UNREACHABLE, 0, 1).after(is_alive=False) == Health(UNREACHABLE, 1, 0)

    @pytest.mark.parametrize(
        ("looks", "statuses"),
        [
            ("---", [DEGRADED, DEGRADED, UNREACHABLE]),
            ("--+--", [DEGRADED, DEGRADED, HEALTHY, DEGRADED, DEGRADED]),
            ("---+-++", [DEGRADED, DEGRADED, *[UNREACHABLE] * 4, HEALTHY]),
            ("+-+-+-", [HEALTHY, DEGRADED] * 3),
        ],
    )
    def test_looks_in_a_row(self, looks: str, statuses: list[CustomUrlStatus]) -> None:
        assert [health.status for health in follow(Health(UNKNOWN), looks)] == statuses


class TestIsDead:
    @pytest.mark.parametrize("status", CustomUrlStatus)
    def test_only_what_is_unreachable(self, status: CustomUrlStatus) -> None:
        assert Health(status).is_dead == (status is UNREACHABLE)
