"""Parts go away and come back: shoppers are answered all the time, and no edit is lost."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

import pytest

from admin_api.embedded import Valkey
from tests.conftest import open_folder
from tests.integration.clients import Answer, Brand, scan, send
from tests.integration.running import DEADLINE_S, Up, find_free_port, running, wait_until
from tests.integration.watching import asking, read_number, watch_target

pytestmark = pytest.mark.processes

WORKERS = 2
# Longer than the silence after which an edge asks the database, and than its first attempts.
FROZEN_S = 3.0


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def valkey(folder: Path) -> Iterator[Valkey]:
    """Run a Valkey that nobody but a test starts again."""
    with Valkey(folder / "valkey") as valkey:
        yield valkey


@pytest.fixture(scope="module")
def up(folder: Path, valkey: Valkey) -> Iterator[Up]:
    """Run an installation of this module's own: it does not stay whole."""
    with running(folder / "data", "--workers", str(WORKERS), SIGNPOST_REDIS_URL=valkey.url) as up:
        up.ready = up.wait_until_ready()
        wait_until(lambda: len(up.edge_workers()) == WORKERS, what="both edge workers")
        yield up


@pytest.fixture(scope="module")
def owner(up: Up) -> Brand:
    return Brand(up.port, up.ready["api_key"], up.ready["organization_id"])


class Link:
    """A link that a brand edits and shoppers follow."""

    def __init__(self, up: Up, brand: Brand) -> None:
        self._up = up
        self._brand = brand
        self._target = "https://example.com/before"
        self.path = f"/01/{(gtin := brand.make_product())}"
        self._rule_id = brand.make_product_rule(gtin, self._target)
        self.wait_until_served()

    def lead(self, name: str) -> None:
        """Edit the link."""
        self._target = f"https://example.com/{name}"
        self._brand.lead(self._rule_id, self._target)

    def wait_until_served(self) -> None:
        """Return when every worker serves the last edit."""
        watch_target(self._up, self.path, self._target)

    def follow(self) -> None:
        """Follow the link as a shopper; anything but its target fails the test."""
        answer = scan(self._up.port, self.path)
        assert (answer.status, answer.location) == (307, self._target)

    def follow_anywhere(self) -> None:
        """Follow the link while it is edited; anything but a target fails the test."""
        answer = scan(self._up.port, self.path)
        assert (answer.status, str(answer.location)[:20]) == (307, "https://example.com/")

    def save(self, data_dir: Path) -> None:
        """Copy the files of the host to *data_dir* once the last edit is in them."""
        tables, number = self._up.data_dir / "tables", scan(self._up.port, self.path).table
        wait_until(lambda: read_number(tables) >= number, what="the edit in the files")
        shutil.copytree(tables, data_dir / "tables")


@pytest.fixture
def link(up: Up, brand: Brand) -> Link:
    return Link(up, brand)


def find_postgres(up: Up) -> set[int]:
    """Return every process of the database; the first one's name is a path, the others' have a colon."""
    commands = up.processes().items()
    return {pid for pid, command in commands if Path(command.split()[0]).name.rstrip(":") == "postgres"}


def is_heard(up: Up, since: float) -> bool:
    """Tell whether a worker has heard the bus after *since*."""
    heard_at = send(up.port, "GET", "/status").json()["refresh"]["last_heard_at"]
    return bool(heard_at and heard_at > since)


class TestValkeyKilled:
    def test_edits_are_served_without_it_and_after_it(self, up: Up, link: Link, valkey: Valkey) -> None:
        assert valkey.pid is not None
        with asking(link.follow_anywhere, readers=1):
            os.kill(valkey.pid, signal.SIGKILL)
            link.lead("without")
            link.wait_until_served()
            link.lead("back")
            valkey.stop()
            valkey.start()
            valkey.wait_until_ready()
            link.wait_until_served()
            back_at = time.time()
            wait_until(lambda: is_heard(up, back_at), what="the bus, heard again")
            link.lead("after")
            link.wait_until_served()


class TestApiKilled:
    def test_resolution_goes_on_and_the_api_comes_back(self, up: Up, owner: Brand, link: Link) -> None:
        def ask_api() -> Answer:
            return owner.ask("GET", "/account/api/v1/whoami")

        api = up.part("api")
        assert api is not None
        with asking(link.follow, readers=1):
            os.kill(api, signal.SIGKILL)
            refusal = wait_until(lambda: (answer := ask_api()).status == 503 and answer, what="a refusal")
            assert refusal.json()["error"]["code"] == "SERVICE_UNAVAILABLE"
            wait_until(lambda: ask_api().status == 200, what="the API")


class TestWorkerKilled:
    def test_what_is_edited_meanwhile_is_served_when_it_is_back(self, up: Up, link: Link) -> None:
        worker = up.part("worker")
        assert worker is not None
        os.kill(worker, signal.SIGKILL)
        link.lead("meanwhile")
        assert up.part("worker") in {worker, None}, "it was back too soon: nothing was tested"
        link.wait_until_served()


class TestKeeperKilled:
    def test_edits_are_served_without_it_and_are_in_the_files_after_it(self, up: Up, link: Link) -> None:
        killed = up.keeper()
        assert killed is not None
        with asking(link.follow_anywhere, readers=1):
            os.kill(killed, signal.SIGKILL)
            link.lead("without-keeper")
            link.wait_until_served()
            keeper = wait_until(lambda: (pid := up.keeper()) != killed and pid, what="a new keeper")
            number = scan(up.port, link.path).table
            tables = up.data_dir / "tables"
            wait_until(lambda: read_number(tables) >= number, what="the edit in the files")
            link.lead("with-keeper")
            link.wait_until_served()
        assert up.keeper() == keeper

    def test_one_that_hangs_keeps_no_edit_from_being_served(self, up: Up, link: Link) -> None:
        keeper = up.keeper()
        assert keeper is not None
        with frozen({keeper}):
            link.lead("while-it-hangs")
            link.wait_until_served()


class TestPostgres:
    def test_while_it_is_frozen_every_scan_is_answered(self, up: Up, link: Link) -> None:
        processes = find_postgres(up)
        assert len(processes) > WORKERS + 1
        with frozen(processes):
            until = time.monotonic() + FROZEN_S
            while time.monotonic() < until:
                link.follow()
        link.lead("thawed")
        link.wait_until_served()

    def test_when_it_is_killed_every_scan_is_answered_and_edits_go_on(
        self, up: Up, owner: Brand, link: Link
    ) -> None:
        victim = find_postmaster(up)
        assert victim is not None

        def is_api_back() -> bool:
            # For a moment after the kill the API still talks to what it left behind.
            is_another = find_postmaster(up) not in {victim, None}
            return is_another and owner.ask("GET", "/account/api/v1/whoami").status == 200

        with asking(link.follow, readers=1):
            os.kill(victim, signal.SIGKILL)
            wait_until(is_api_back, what="the API on a database that was started again")
        link.lead("recovered")
        link.wait_until_served()


@contextmanager
def frozen(pids: set[int]) -> Iterator[None]:
    """Stop the processes for the time of the block, without a word to whoever talks to them."""
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def find_postmaster(up: Up) -> int | None:
    """Return the first process of the database, or None while there is none."""
    pid_file = up.data_dir / "postgres" / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines() if pid_file.exists() else []
    return int(lines[0]) if lines else None


class TestEdgeAlone:
    """An edge that starts with nobody there: no database, no bus, no API."""

    @pytest.fixture
    def data_dir(self, link: Link, folder: Path) -> Iterator[Path]:
        data_dir = folder / "edge"
        data_dir.mkdir()
        link.save(data_dir)
        yield data_dir
        shutil.rmtree(data_dir)

    def test_it_answers_from_its_file_at_once(self, data_dir: Path, link: Link) -> None:
        with edge_alone(data_dir) as port:
            assert wait_until(lambda: find_status(port, "/readyz"), what="an answer") == 200
            answer = scan(port, link.path)
            assert (answer.status, answer.location) == (307, "https://example.com/before")
            linkset = scan(port, f"{link.path}?linkType=linkset")
            assert "https://example.com/before" in linkset.body.decode()
            unknown = scan(port, "/01/09521234543213")
            assert unknown.status == 404
            assert send(port, "GET", "/account/api/v1/whoami").status == 503
            # Its scans wait on disk for a bus.
            wait_until(lambda: list((data_dir / "scans").glob("*.scans")), what="a spool")


@contextmanager
def edge_alone(data_dir: Path) -> Iterator[int]:
    """Run `signpost edge` in the block, and give its port."""
    port = find_free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SIGNPOST_")}
    nobody = {
        "SIGNPOST_DATABASE_URL": f"postgresql://nobody@127.0.0.1:{find_free_port()}/nothing",
        "SIGNPOST_REDIS_URL": f"redis://127.0.0.1:{find_free_port()}/0",
        "SIGNPOST_API_SOCKET": str(data_dir / "api.sock"),
    }
    options = ["--port", str(port), "--data-dir", str(data_dir), "--workers", str(WORKERS)]
    with (data_dir / "log").open("wb") as log:
        edge = subprocess.Popen(
            [sys.executable, "-m", "admin_api", "edge", *options],
            stdout=log,
            stderr=log,
            env=inherited | nobody,
        )
    try:
        yield port
    finally:
        edge.terminate()
        edge.wait(DEADLINE_S)


def find_status(port: int, path: str) -> int | None:
    """Return the status of the answer, or None when there is none."""
    try:
        return send(port, "GET", path).status
    except (OSError, HTTPException):
        return None
