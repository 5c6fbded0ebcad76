import io
from pathlib import Path

import pytest

from admin_api.cli import main
from admin_api.demo.seed import FILES

DEMO = Path("admin_api/demo")
BAD = '{"type": "rule", "ref": "a", "scope_type": "PRODUCT", "scope_id": "1", "destination_type": "X"}\n'


class TestCheck:
    @pytest.mark.parametrize("name", FILES)
    def test_a_good_file(self, name: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", str(DEMO / name)]) == 0
        assert capsys.readouterr().out == "0 problems\n"

    def test_problems_are_told_with_line_rule_field_and_code(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(BAD.encode())))
        assert main(["check", "-"]) == 1
        first, second, summary = capsys.readouterr().out.splitlines()
        assert first.startswith("line 1, rule a destination_type: ")
        assert second.startswith("line 1, rule a scope_id: ")
        assert second.endswith(" [too_short]")
        assert summary == "2 problems"

    def test_a_file_that_is_not_there(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", "/nowhere.ndjson"]) == 1
        assert capsys.readouterr().err == "/nowhere.ndjson cannot be read: No such file or directory.\n"

    def test_warnings_are_told_and_are_no_failure(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rule = (
            '{"type": "rule", "ref": "%s", "scope_type": "ORGANIZATION", "destination_type": "HOSTED_PAGE"}\n'
        )
        lines = rule % "a" + rule % "b"
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))
        assert main(["check", "-"]) == 0
        warning, summary = capsys.readouterr().out.splitlines()
        assert warning.startswith("warning, line 2, rule b order_index: It is never reached: the rule a,")
        assert summary == "0 problems, 1 warnings"
