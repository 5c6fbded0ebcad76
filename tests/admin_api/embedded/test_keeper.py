"""The keeper beside an edge comes back when it dies, and ends when the edge does, however that ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from admin_api.embedded.keeper import running_keeper
from resolver.table_store import TableStore

DEADLINE_S = 20.0
COMMAND = [sys.executable, "-m", "admin_api", "keeper"]
# Forks as an edge does, only more often.
FORKING = """
import multiprocessing, time
from admin_api.embedded.keeper import running_keeper
from resolver.lifeline import die_with_parent

def work():
    die_with_parent()
    time.sleep(600)

fork = multiprocessing.get_context("fork")
with running_keeper():
    for _ in range(200):
        fork.Process(target=work).start()
    print("forked", flush=True)
    time.sleep(600)
"""

pytestmark = pytest.mark.skipif(not Path("/proc/locks").exists(), reason="needs /proc/locks")


def wait_until(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + DEADLINE_S
    while not (answer := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return answer


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TableStore:
    """Give the folder that the settings in the environment name; there are no servers in them."""
    for name in [name for name in os.environ if name.startswith("SIGNPOST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SIGNPOST_DATA_DIR", str(tmp_path))
    return TableStore(tmp_path / "tables")


def find_keeper(store: TableStore) -> int | None:
    """Return the process that keeps *store*."""
    inode = store.lock_path.stat().st_ino if store.lock_path.exists() else None
    rows = [row.split() for row in Path("/proc/locks").read_text().splitlines()]
    return next((int(row[-4]) for row in rows if row[-3].endswith(f":{inode}") and row[1] != "->"), None)


class TestRunningKeeper:
    def test_one_runs_inside_the_block_and_none_after_it(self, store: TableStore) -> None:
        with running_keeper():
            wait_until(lambda: find_keeper(store) and store.read_pulse())
        assert find_keeper(store) is None

    def test_one_that_is_killed_comes_back(self, store: TableStore) -> None:
        with running_keeper():
            first = wait_until(lambda: find_keeper(store))
            os.kill(first, signal.SIGKILL)
            wait_until(lambda: find_keeper(store) not in {None, first})

    def test_a_block_that_is_over_at_once_leaves_none(self, store: TableStore) -> None:
        with running_keeper():
            pass
        assert find_keeper(store) is None

    def test_what_is_raised_inside_ends_it_as_well(self, store: TableStore) -> None:
        def fail_inside() -> None:
            with running_keeper():
                wait_until(lambda: find_keeper(store))
                raise LookupError

        with pytest.raises(LookupError):
            fail_inside()
        assert find_keeper(store) is None

    def test_a_system_without_room_for_a_process_gets_one_when_there_is(
        self, store: TableStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refusing = pytest.MonkeyPatch()
        refusals = []

        def refuse(*_arguments: object, **_options: object) -> None:
            refusals.append(1)
            raise BlockingIOError(11, "Resource temporarily unavailable")

        monkeypatch.setattr("admin_api.embedded.keeper._FIRST_DELAY_S", 0.01)
        refusing.setattr("admin_api.embedded.keeper.subprocess.Popen", refuse)
        with running_keeper():
            wait_until(lambda: len(refusals) > 1)
            refusing.undo()
            wait_until(lambda: find_keeper(store))


class TestParent:
    @pytest.fixture
    def parent(self, store: TableStore) -> Iterator[subprocess.Popen[bytes]]:
        """Run a process that has a keeper, such as an edge."""
        code = "import time; from admin_api.embedded.keeper import running_keeper\n"
        code += "with running_keeper():\n    time.sleep(600)"
        with subprocess.Popen([sys.executable, "-c", code]) as parent:
            yield parent
            parent.kill()

    def test_a_kill_of_the_parent_leaves_no_keeper(
        self, store: TableStore, parent: "subprocess.Popen[bytes]"
    ) -> None:
        wait_until(lambda: find_keeper(store))
        parent.kill()
        parent.wait(DEADLINE_S)
        wait_until(lambda: find_keeper(store) is None)

    def test_workers_that_are_forked_amid_the_start_do_not_hold_it(self, store: TableStore) -> None:
        command = [sys.executable, "-c", FORKING]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
            assert parent.stdout is not None
            parent.stdout.readline()
            first = wait_until(lambda: find_keeper(store))
            os.kill(first, signal.SIGKILL)
            try:
                wait_until(lambda: find_keeper(store) not in {None, first})
            finally:
                parent.kill()


class TestCommand:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_it_ends_well_when_told_to(self, store: TableStore, number: signal.Signals) -> None:
        with subprocess.Popen(COMMAND) as keeper:
            wait_until(store.read_pulse)
            keeper.send_signal(number)
            try:
                assert keeper.wait(DEADLINE_S) == 0
            finally:
                keeper.kill()

    def test_what_it_cannot_do_is_no_success(self, store: TableStore, tmp_path: Path) -> None:
        (tmp_path / "tables").write_text("a file where the folder should be")
        outcome = subprocess.run(COMMAND, check=False, capture_output=True)
        assert outcome.returncode == 1

    def test_wrong_settings_are_named(self, store: TableStore, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SIGNPOST_WORKERS", "none")
        outcome = subprocess.run(COMMAND, check=False, capture_output=True)
        assert (outcome.returncode, b"SIGNPOST_WORKERS" in outcome.stderr) == (2, True)

    def test_its_log_is_json(self, store: TableStore, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SIGNPOST_DATABASE_URL", "postgresql://nobody@/nothing?host=/nowhere")
        with subprocess.Popen(COMMAND, stderr=subprocess.PIPE) as keeper:
            assert keeper.stderr is not None
            line = keeper.stderr.readline()
            keeper.kill()
            keeper.stderr.read()
        assert json.loads(line)["level"] == "warning"
