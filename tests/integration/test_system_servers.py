"""Signpost on the PostgreSQL and Redis of the operating system, over TCP, instead of its own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import open_folder
from tests.integration.clients import Brand, scan
from tests.integration.running import DEADLINE_S, find_free_port, running, wait_until

POSTGRES_BINS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
REDIS = shutil.which("redis-server") or shutil.which("valkey-server")

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(
        not POSTGRES_BINS or REDIS is None, reason="the system has no PostgreSQL or no Redis of its own"
    ),
]

# Root may not run Postgres.
AS_SOMEBODY = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def database_url(folder: Path) -> Iterator[str]:
    cluster, port = folder / "cluster", find_free_port()
    cluster.mkdir()
    if AS_SOMEBODY:
        shutil.chown(cluster, AS_SOMEBODY["user"], AS_SOMEBODY["group"])
    options = {"cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **AS_SOMEBODY}
    make = [POSTGRES_BINS[0] / "initdb", "-D", cluster, "-U", "signpost", "-A", "trust", "-E", "UTF8"]
    subprocess.run([*make, "--locale=C.UTF-8"], check=True, timeout=DEADLINE_S, **options)
    listening = ["-h", "127.0.0.1", "-p", str(port), "-k", ""]
    server = subprocess.Popen([POSTGRES_BINS[0] / "postgres", "-D", cluster, *listening], **options)
    try:
        pid_file = cluster / "postmaster.pid"
        wait_until(lambda: pid_file.exists() and pid_file.read_text().endswith("ready   \n"), what="Postgres")
        yield f"postgresql://signpost@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        server.wait(DEADLINE_S)


@pytest.fixture(scope="module")
def redis_url(folder: Path) -> Iterator[str]:
    port = find_free_port()
    command = [str(REDIS), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        for line in server.stdout:
            if b"eady to accept connections" in line:
                break
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()
        server.communicate(timeout=DEADLINE_S)


class TestSystemServers:
    def test_a_rule_resolves_and_a_scan_is_counted(
        self, folder: Path, database_url: str, redis_url: str
    ) -> None:
        settings = {"SIGNPOST_DATABASE_URL": database_url, "SIGNPOST_REDIS_URL": redis_url}
        with running(folder / "data", "--workers", "1", **settings) as up:
            ready = up.wait_until_ready()
            assert not (folder / "data/postgres").exists()
            assert not (folder / "data/valkey").exists()

            brand = Brand(up.port, ready["api_key"], ready["organization_id"])
            gtin = brand.make_product()
            brand.make_product_rule(gtin, "https://example.com/oat")
            found = "https://example.com/oat"
            wait_until(lambda: scan(up.port, f"/01/{gtin}").location == found, what="the redirect")

            report = "/dashboard/api/v1/brand-analytics/scans"
            wait_until(lambda: brand.call("GET", report)["total_scans"] > 0, what="the scan")
