import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from admin_api.cli import main
from admin_api.embedded import Postgres
from tests.conftest import open_folder

GTIN = "/01/09506000134352"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    # Options and the database that is found set these two; this puts them back.
    for name in ("SIGNPOST_DATABASE_URL", "SIGNPOST_DATA_DIR"):
        monkeypatch.setenv(name, "")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.mark.servers
class TestReachableDatabase:
    def test_the_database_of_a_data_folder_is_started_for_a_command(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with Postgres(folder):
            pass
        assert main(["migrate", "--data-dir", str(folder)]) == 0
        assert "applied 0001" in capsys.readouterr().out
        assert main(["explain", "--json", "--data-dir", str(folder), GTIN]) == 0
        assert json.loads(capsys.readouterr().out)["status"] == 404

    def test_a_schema_that_is_not_there_is_named(
        self, postgres_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("SIGNPOST_DATABASE_URL", postgres_url.replace("/postgres?", "/template1?"))
        assert main(["explain", GTIN]) == 1
        assert "signpost migrate" in capsys.readouterr().err

    def test_a_database_that_does_not_answer_is_named(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("SIGNPOST_DATABASE_URL", "postgresql://signpost@/x?host=/nowhere")
        assert main(["migrate"]) == 1
        assert "SIGNPOST_DATABASE_URL" in capsys.readouterr().err
