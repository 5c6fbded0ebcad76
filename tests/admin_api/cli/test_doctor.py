import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from admin_api.cli import main


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SIGNPOST_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SIGNPOST_PORT", "")  # options set it; this puts it back
    for name in ("SIGNPOST_DATABASE_URL", "SIGNPOST_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def doctor(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    status = main(["doctor", *arguments])
    return status, capsys.readouterr().out.splitlines()


class TestDoctor:
    def test_it_makes_nothing(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        doctor(capsys)
        assert list(tmp_path.iterdir()) == []

    def test_a_taken_port_is_named_with_what_to_do(
        self, capsys: pytest.CaptureFixture[str], taken_port: int
    ) -> None:
        status, lines = doctor(capsys, "--port", str(taken_port))
        assert status == 1
        line = next(index for index, line in enumerate(lines) if f"port {taken_port}" in line)
        assert lines[line].startswith("wrong port")
        assert lines[line + 1].strip() == "Choose another with --port or --host."

    def test_servers_that_do_not_answer_are_named(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, taken_port: int
    ) -> None:
        monkeypatch.setenv("SIGNPOST_DATABASE_URL", "postgresql://signpost@/x?host=/nowhere")
        monkeypatch.setenv("SIGNPOST_REDIS_URL", "unix:///nowhere/redis.sock")
        status, lines = doctor(capsys)
        assert status == 1
        assert [line.split()[1] for line in lines if line.startswith("wrong")] == ["database", "redis"]

    @pytest.mark.servers
    def test_servers_that_answer_are_judged(
        self,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        postgres_url: str,
        valkey_url: str,
    ) -> None:
        monkeypatch.setenv("SIGNPOST_DATABASE_URL", postgres_url)
        monkeypatch.setenv("SIGNPOST_REDIS_URL", valkey_url)
        status, lines = doctor(capsys)
        text = "\n".join(lines)
        assert status == 1, "the database `postgres` of the tests has no schema"
        assert "PostgreSQL 18" in text
        assert "Run `signpost migrate`." in text
        assert "maxmemory-policy noeviction" in text

    def test_wrong_settings_are_refused_all_at_once(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SIGNPOST_DATABASE_URL", "mysql://u:secret@h/x")
        assert main(["doctor", "--port", "0"]) == 2
        first, second = capsys.readouterr().err.splitlines()
        assert first.startswith("SIGNPOST_PORT is '0'")
        assert first.endswith("An example: SIGNPOST_PORT=8080")
        assert second.startswith("SIGNPOST_DATABASE_URL is 'mysql://u:…@h/x'")
