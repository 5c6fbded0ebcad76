"""The whole comparison on the smallest catalogue, when the programs for it are there."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from loadtests import compare
from loadtests.programs import H2LOAD, WRK, find_program
from tests.conftest import open_folder


@pytest.mark.processes
class TestMain:
    def test_it_checks_answers_and_tells_every_number(self, capsys: pytest.CaptureFixture[str]) -> None:
        with open_folder() as folder:
            picture = folder / "picture.svg"
            arguments = ["--sizes", "50", "--rounds", "1", "--seconds", "1", "--sample", "200"]
            arguments += ["--requests", "2000", "--folder", str(folder), "--picture", str(picture)]
            status = compare.main(arguments)
            said = capsys.readouterr()
            if find_program(WRK) is None or find_program(H2LOAD) is None:
                assert status == 1
                assert "apt-get install" in said.err
                return
            assert status == 0, said.err
            result = json.loads((folder / "compare.json").read_text())
            assert ET.parse(picture).getroot().tag.endswith("svg")
        assert {figure["name"] for figure in result["figures"]} == {f"N{number}" for number in range(1, 8)}
        assert "Signpost, 50 GTINs: 600 answers are those of the reference" in said.err
        assert "make freshness" in said.out

    def test_a_missing_program_is_told_before_anything_starts(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr("shutil.which", lambda *_arguments, **_options: None)
        assert compare.main(["--sizes", "50", "--folder", str(tmp_path)]) == 1
        assert "apt-get install wrk" in capsys.readouterr().err
        assert not list(tmp_path.iterdir())
