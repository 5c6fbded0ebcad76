"""Every row of docs/reliability.md in its short form: nothing that was promised is lost."""

from collections.abc import Iterator

import pytest

from loadtests.chaos.stage import staged
from loadtests.chaos.trial import SHORT, Cast, Outcome, Trial
from loadtests.chaos.trials import TRIALS
from loadtests.soak import soak
from tests.conftest import open_folder


@pytest.fixture(scope="module")
def cast() -> Iterator[Cast]:
    """Run one installation for all rows: each leaves it whole."""
    with open_folder() as folder, staged(folder / "stage") as stage:
        yield Cast(stage)


@pytest.mark.processes
@pytest.mark.servers
@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_nothing_is_lost(cast: Cast, trial: Trial) -> None:
    outcome = trial.run(cast, SHORT)
    assert outcome.lost == []
    assert outcome.asked > 0


@pytest.mark.processes
@pytest.mark.servers
def test_a_soak_gives_right_answers(cast: Cast) -> None:
    found = soak(cast, 6, restarts=2)
    assert found.faults == []
    assert min(found.restarts, found.sales, found.edits) > 0
    # Whether it is flat, so short a time cannot tell.
    assert set(found.memory) == {"edge", "keeper", "api", "worker", "scans", "edge worker"}


def test_what_went_wrong_is_no_good_outcome() -> None:
    assert Outcome(times="once").is_good
    assert not Outcome(times="once", lost=["an edit"]).is_good
