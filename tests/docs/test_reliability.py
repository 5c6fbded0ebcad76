"""The page on reliability has a row for everything that is done, with the command that repeats it."""

from loadtests.chaos.trials import TRIALS
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "reliability.md").read_text("utf-8")


def test_every_trial_has_its_row() -> None:
    rows = {line.split("|")[1].strip(): line for line in PAGE.splitlines() if line.startswith("| ")}
    missing = [trial.name for trial in TRIALS if f"`{trial.name}` |" not in rows.get(trial.what, "")]
    assert missing == []
