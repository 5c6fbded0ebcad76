"""A domain that was only named is served, described by its contract, and as the house wants code to be."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.new_domain.scaffold import WrongNameError, plan_domain, write_domain

ROOT = Path(__file__).parents[2]
NEEDED = ("platform", "admin_api", "tests", "docs", "pyproject.toml")
DOMAIN = "gift_cards"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a copy of the project, as far as a domain reaches, with a domain of which there is only a name."""
    root = tmp_path_factory.mktemp("project")
    for name in NEEDED:
        ignored = shutil.ignore_patterns("__pycache__")
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, root / name)
    write_domain(root, plan_domain(root, DOMAIN))
    return root


def run(copy: Path, *command: str) -> str:
    """Run a program of Python on the copy and return what it prints; where it fails, the test does."""
    path = os.pathsep.join([str(copy), str(copy / "platform")])
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class TestNewDomain:
    def test_it_is_served_with_what_its_contract_lists(self, copy: Path) -> None:
        printed = run(copy, "pytest", "-n", "0", "-q", "tests/contract/test_coverage.py", "-k", "gift-cards")
        assert " passed" in printed

    def test_the_linter_finds_nothing(self, copy: Path) -> None:
        changed = [str(path) for path in plan_domain(ROOT, DOMAIN) if path.suffix == ".py"]
        run(copy, "ruff", "check", "--no-cache", *changed)
        run(copy, "ruff", "format", "--no-cache", "--check", *changed)

    def test_its_place_among_the_layers_is_kept(self, copy: Path) -> None:
        contracts = (copy / "pyproject.toml").read_text("utf-8")
        assert 'layers = ["gift_cards", "dashboard", ' in contracts
        assert '  "product_platform.gift_cards",\n]' in contracts

    def test_its_migration_comes_last(self, copy: Path) -> None:
        *_, before, last = sorted(path.name for path in (copy / "platform").glob("*/migrations/*.sql"))
        assert last == f"{int(before[:4]) + 1:04}_gift_cards.sql"


@pytest.mark.parametrize(
    "name",
    ["brands", "kit", "migrations", "resolver", "", "Gifts", "gift-cards", "gifts_", "a__b", "7up", "import"],
)
def test_a_name_that_is_taken_or_malformed_is_refused(name: str) -> None:
    with pytest.raises(WrongNameError):
        plan_domain(ROOT, name)
