"""The README, word by word: what it shows is what a newcomer gets."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.running import Up, running

README = Path(__file__).parents[2] / "README.md"

pytestmark = pytest.mark.processes


def read_blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README.read_text("utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with running(tmp_path_factory.mktemp("readme") / ".signpost", with_demo=True) as up:
        up.wait_until_ready()
        yield up


def run_shell(script: str, up: Up) -> str:
    """Run *script* beside the data folder, at the port where this service is."""
    here = script.replace("localhost:8000", f"localhost:{up.port}")
    done = subprocess.run(
        ["/bin/sh", "-euc", here], cwd=up.data_dir.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.replace(f"localhost:{up.port}", "localhost:8000").replace("\r\n", "\n")


def test_the_shown_request_gets_the_shown_answer(up: Up) -> None:
    (shown,) = read_blocks("console")
    command, *lines = shown.strip().splitlines()
    answer = run_shell(command.removeprefix("$ "), up).splitlines()
    assert [line for line in lines if line not in answer] == []


def test_a_newcomer_gets_a_link_of_their_own(up: Up) -> None:
    (script,) = (block for block in read_blocks("sh") if "products" in block)
    run_shell(script, up)
    (asking,) = re.findall(r"`(curl -i [^`]+)`", README.read_text("utf-8"))
    assert "location: https://oats.example/drink" in run_shell(asking, up).splitlines()
    (explaining,) = re.findall(r"`.venv/bin/signpost (explain [^`]+)`", README.read_text("utf-8"))
    program = f"{sys.executable} -m admin_api {explaining} --data-dir .signpost"
    assert "307 https://oats.example/drink" in run_shell(program, up)


def test_every_folder_has_its_line() -> None:
    table = README.read_text("utf-8").partition("## What is where")[2]
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=README.parent, capture_output=True, text=True, check=True
    ).stdout
    folders = {line.partition("/")[0] for line in tracked.splitlines() if "/" in line}
    assert {folder for folder in folders if f"`{folder}/" not in table} == set()


def test_it_is_one_screen() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= 120
