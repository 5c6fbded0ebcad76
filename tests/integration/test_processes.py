"""What `signpost up` promises of its processes: it starts, it comes back, and it leaves nothing behind."""

import os
import shlex
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from admin_api.demo import DEMO_URLS
from resolver.table_store import TableStore
from tests.conftest import open_folder
from tests.integration.clients import scan
from tests.integration.running import DEADLINE_S, Up, running, wait_until

pytestmark = pytest.mark.processes

WHOAMI = "/account/api/v1/whoami/"


class MadeUp(Up):
    """The same below make, as in `make run`."""

    def to_command(self, up: list[str]) -> list[str]:
        makefile = self.data_dir.with_suffix(".mk")
        makefile.write_text(f"run:\n\t@exec {shlex.join(up)}\n")
        return ["make", "--no-print-directory", "-f", str(makefile), "run"]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def up(folder: Path) -> Iterator[Up]:
    """One installation for all tests that leave it as it was."""
    with running(folder / "shared", "--workers", "2") as up:
        up.ready = up.wait_until_ready()
        wait_until(lambda: len(up.edge_workers()) == 2, what="both edge workers")
        yield up


class TestReady:
    def test_the_line_says_where_who_and_what(self, up: Up) -> None:
        assert set(up.ready) == {"url", "api_key", "organization_id", "pid", "version"}
        assert up.ready["url"] == f"http://localhost:{up.port}"
        assert up.ready["pid"] == up.process.pid

    def test_the_edge_answers(self, up: Up) -> None:
        assert up.get("/readyz")[0] == 200

    def test_the_key_belongs_to_the_owner_of_the_organization(self, up: Up) -> None:
        status, body = up.get(WHOAMI, **{"X-API-Key": up.ready["api_key"]})
        assert status == 200
        assert up.ready["organization_id"] in body.decode()

    def test_the_key_is_kept_for_nobody_else_to_read(self, up: Up) -> None:
        assert stat.S_IMODE((up.data_dir / "owner.json").stat().st_mode) == 0o600

    def test_a_second_one_on_the_same_folder_is_refused(self, up: Up) -> None:
        with running(up.data_dir) as second:
            status, output = second.stop(signal.SIGCONT)
            assert (status, output) == (1, b"")
            assert f"already runs on {up.data_dir} (process {up.process.pid})" in second.log
            assert "Traceback" not in second.log
        assert up.get("/readyz")[0] == 200


class TestTables:
    def test_every_worker_maps_the_same_base_and_has_no_page_of_its_own(self, up: Up) -> None:
        base = wait_until(TableStore(up.data_dir / "tables").read_files, what="files").base

        def mappings() -> list[dict[str, str]]:
            found = [find_mapping(worker, base) for worker in up.edge_workers()]
            return [mapping for mapping in found if mapping]

        shared = wait_until(lambda: len(found := mappings()) == 2 and found, what="the base in both workers")
        assert {mapping["Private_Dirty"] for mapping in shared} == {"0 kB"}
        assert len({mapping["inode"] for mapping in shared}) == 1


def find_mapping(pid: int, name: str) -> dict[str, str]:
    """Return what the kernel says of the file *name* in a process, empty when it has not mapped it."""
    found: dict[str, str] = {}
    is_found = False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        head, _, rest = line.partition(" ")
        if not head.endswith(":"):
            is_found = line.endswith(name)
            found |= {"inode": line.split()[4]} if is_found else {}
        elif is_found:
            found[head.removesuffix(":")] = rest.strip()
    return found


class TestFirstStart:
    def test_the_banner_names_five_urls_that_answer_as_it_says(self, folder: Path) -> None:
        with running(folder / "demo", "--workers", "1", with_demo=True) as up:
            root = up.wait_until_ready()["url"]
            wait_until(lambda: DEMO_URLS[-1].location in up.log, what="the banner")
            lines = up.log.splitlines()
            for demo in DEMO_URLS:
                assert f"  {root}{demo.path}" in lines
                assert f"      {demo.shows}: {demo.status} to {demo.location}" in lines
                answer = scan(up.port, demo.path)
                assert (answer.status, answer.location) == (demo.status, demo.to_location(root))


class TestComingBack:
    def test_a_killed_edge_worker(self, up: Up) -> None:
        before = up.edge_workers()
        victim = min(before)
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: len(up.edge_workers() - {victim}) == 2, what="a new worker")
        wait_until(lambda: up.get("/readyz")[0] == 200, what="an answer")

    @pytest.mark.parametrize("name", ["edge", "api", "worker"])
    def test_a_killed_part(self, up: Up, name: str) -> None:
        victim = up.part(name)
        assert victim is not None
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: up.part(name) not in {None, victim}, what=f"a new {name}")
        wait_until(lambda: up.get(WHOAMI)[0] == 401, what="an answer of the API through the edge")

    def test_a_killed_keeper(self, up: Up) -> None:
        victim = up.keeper()
        assert victim is not None
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: up.keeper() not in {None, victim}, what="a new keeper")

    def test_a_killed_edge_leaves_one_keeper(self, up: Up) -> None:
        keeper, edge = up.keeper(), up.part("edge")
        assert keeper is not None
        assert edge is not None
        os.kill(edge, signal.SIGKILL)
        wait_until(lambda: keeper not in up.processes(), what="the end of the keeper")
        wait_until(up.keeper, what="the keeper of the next edge")
        wait_until(lambda: up.get("/readyz")[0] == 200, what="an answer")

    @pytest.mark.parametrize("name", ["postgres", "valkey-server"])
    def test_a_killed_server(self, up: Up, name: str) -> None:
        def servers() -> set[int]:
            return {pid for pid, command in up.processes().items() if Path(command.split()[0]).name == name}

        (victim,) = servers()
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: servers() - {victim}, what=f"a new {name}")
        key = {"X-API-Key": up.ready["api_key"]}
        wait_until(lambda: up.get(WHOAMI, **key)[0] == 200, what="an answer from the database")


class TestEnding:
    def test_a_sigterm_leaves_no_process_and_one_line(self, folder: Path) -> None:
        up = Up(folder / "ended")
        up.wait_until_ready()
        assert up.stop() == (0, b"")
        assert up.processes() == {}

    def test_a_sigterm_while_starting_leaves_no_process(self, folder: Path) -> None:
        up = Up(folder / "interrupted")
        wait_until(up.processes, what="a first process")
        assert up.stop() == (0, b"")
        assert up.processes() == {}

    def test_a_kill_of_the_parent_leaves_no_process_and_the_next_starts(self, folder: Path) -> None:
        up = Up(folder / "killed", "--workers", "2")
        first = up.wait_until_ready()
        assert len(up.processes()) > 5
        assert up.stop(signal.SIGKILL)[0] == -signal.SIGKILL
        wait_until(lambda: not up.processes(), what="the end of every process")
        with running(up.data_dir) as again:
            assert again.wait_until_ready()["api_key"] == first["api_key"]

    def test_a_kill_of_make_leaves_no_process(self, folder: Path) -> None:
        up = MadeUp(folder / "made")
        up.wait_until_ready()
        up.stop(signal.SIGKILL)
        wait_until(lambda: not up.processes(), what="the end of every process")

    def test_a_kill_while_starting_leaves_no_process(self, folder: Path) -> None:
        up = Up(folder / "killed-early")
        wait_until(up.processes, what="a first process")
        up.stop(signal.SIGKILL)
        wait_until(lambda: not up.processes(), what="the end of every process")


class TestStartingAgain:
    def test_a_second_start_goes_on_from_what_is_there(self, folder: Path) -> None:
        with running(folder / "again") as up:
            first = up.wait_until_ready()
        with running(folder / "again") as up:
            second = up.wait_until_ready()
            assert [second[name] for name in ("api_key", "organization_id")] == [
                first[name] for name in ("api_key", "organization_id")
            ]
            assert up.get(WHOAMI, **{"X-API-Key": first["api_key"]})[0] == 200


class TestRefusals:
    def test_wrong_settings_are_named_before_anything_is_made(self, folder: Path) -> None:
        with running(folder / "refused", "--workers", "none", SIGNPOST_REDIS_URL="tcp://x") as up:
            assert up.stop(signal.SIGCONT) == (2, b"")
            first, second = up.log.splitlines()
        assert first.startswith("SIGNPOST_WORKERS is 'none'")
        assert second.startswith("SIGNPOST_REDIS_URL is 'tcp://x'")
        assert not up.data_dir.exists()

    def test_a_taken_port_is_named(self, up: Up, folder: Path) -> None:
        with running(folder / "elsewhere", "--port", str(up.port)) as second:
            assert second.stop(signal.SIGCONT) == (1, b"")
            assert f"port {up.port}" in second.log
            assert "--port" in second.log


class TestMigrate:
    def test_a_second_run_has_nothing_to_do(self, database_url: str) -> None:
        def migrate() -> str:
            command = [sys.executable, "-m", "admin_api", "migrate"]
            environment = os.environ | {"SIGNPOST_DATABASE_URL": database_url}
            return subprocess.check_output(command, env=environment, text=True, timeout=DEADLINE_S)

        migrate()
        assert migrate() == "nothing to apply\n"
