"""`signpost recalls`."""

from pathlib import Path

import pytest

from admin_api.cli import main

pytestmark = pytest.mark.servers

LINE = '{"source_system": "FDA", "source_reference": "F-1", "title": "Milk", "gtins": ["952123450012"]}\n'


@pytest.fixture(autouse=True)
def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNPOST_DATABASE_URL", database_url)


class TestRecalls:
    def test_it_tells_what_was_kept_and_what_was_not(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "recalls.ndjson"
        file.write_text(LINE + LINE.replace("FDA", "EFSA"))
        assert main(["recalls", str(file)]) == 1
        problem, summary = capsys.readouterr().out.splitlines()
        assert problem.startswith("line 2 source_system: ")
        assert summary == "1 lines kept: 1 new, 0 changed; 1 refused"

    def test_doing_it_again_changes_nothing(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = tmp_path / "recalls.ndjson"
        file.write_text(LINE)
        assert [main(["recalls", str(file)]) for _ in range(2)] == [0, 0]
        assert capsys.readouterr().out.splitlines() == [
            "1 lines kept: 1 new, 0 changed; 0 refused",
            "1 lines kept: 0 new, 0 changed; 0 refused",
        ]

    def test_a_file_that_is_not_there_is_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["recalls", "/nowhere.ndjson"]) == 1
        assert "/nowhere.ndjson cannot be read" in capsys.readouterr().err
