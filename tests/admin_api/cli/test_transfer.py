import io
import json
from pathlib import Path

import pytest

from admin_api.cli import main
from admin_api.owner import Owner

pytestmark = pytest.mark.servers


class TestTransfer:
    def test_what_is_exported_is_imported_without_change(
        self, owner: Owner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["export"]) == 0
        exported = capsys.readouterr().out
        lines = exported.splitlines()
        assert json.loads(lines[0])["type"] == "organization"

        (tmp_path / "all.ndjson").write_text(exported)
        assert main(["import", str(tmp_path / "all.ndjson")]) == 0
        assert capsys.readouterr().out == f"{len(lines)} lines kept, 0 refused\n"
        assert main(["export", "--organization", owner.organization_id]) == 0
        assert capsys.readouterr().out == exported

    def test_bad_lines_are_reported_by_number_and_good_ones_kept(
        self, owner: Owner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "some.ndjson"
        file.write_text('{"type":"brand","name":"Another"}\n{"type":"product","gtin":"1"}\nnonsense\n')
        assert main(["import", str(file)]) == 1
        *problems, summary = capsys.readouterr().out.splitlines()
        assert problems[0].startswith("line 2 gtin: ")
        assert problems[-1].startswith("line 3: ")
        assert summary == "1 lines kept, 2 refused"

    @pytest.mark.parametrize(
        ("organization", "status"), [("nonsense", 2), ("2ZtBr7iXXA6FvqygktVikT", 1)], ids=str
    )
    def test_an_organization_that_is_not_there_is_refused(
        self, owner: Owner, organization: str, status: int, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["export", "--organization", organization]) == status
        assert capsys.readouterr().err

    def test_a_file_that_is_not_there_is_named(
        self, owner: Owner, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["import", "/nowhere.ndjson"]) == 1
        assert capsys.readouterr().err == "/nowhere.ndjson cannot be read: No such file or directory.\n"

    def test_without_a_folder_that_has_an_owner_the_organization_must_be_said(
        self, owner: Owner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "owner.json").unlink()
        assert main(["export"]) == 2
        assert "--organization ID" in capsys.readouterr().err


LINKSET = {
    "linkset": [
        {
            "anchor": "https://id.example.org/01/09520000100018",
            "itemDescription": "Oat drink",
            "https://gs1.org/voc/pip": [{"href": "https://example.com/oat"}, {"href": "/oat"}],
        }
    ]
}


class TestDocuments:
    @pytest.mark.parametrize("name", ["linkset", "gs1-resolver-ce"])
    def test_links_are_kept_or_reported_by_their_place(
        self,
        owner: Owner,
        name: str,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        stdin = io.TextIOWrapper(io.BytesIO(json.dumps(LINKSET).encode()))
        monkeypatch.setattr("sys.stdin", stdin)
        assert main(["import", "-", "--format", name]) == 1
        problem, summary = capsys.readouterr().out.splitlines()
        assert problem.startswith("linkset[0].gs1:pip[1] href: ")
        assert problem.endswith(" [custom_url_not_absolute]")
        assert summary == "1 links kept, 1 refused"

    def test_what_a_link_loses_is_no_failure(
        self, owner: Owner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "linkset.json"
        links = [{"href": "https://example.com/oat", "rel": "pip"}]
        file.write_text(json.dumps({"anchor": "/01/09520000100018", "gs1:pip": links}))
        assert main(["import", str(file), "--format", "linkset"]) == 0
        note, _ = capsys.readouterr().out.splitlines()
        assert note.startswith("note: gs1:pip[0] rel: ")
