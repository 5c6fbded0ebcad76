import io
import json

import pytest

from admin_api.cli import main

GTIN = "https://id.example.com/01/09506000134352"


def parse(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict[str, object]]]:
    status = main(["parse", *arguments])
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


class TestParse:
    def test_a_valid_link(self, capsys: pytest.CaptureFixture[str]) -> None:
        status, reports = parse(capsys, f"{GTIN}/10/ABC")
        assert status == 0
        assert reports == [
            {
                "uri": f"{GTIN}/10/ABC",
                "valid": True,
                "elements": [["01", "09506000134352"], ["10", "ABC"]],
                "canonical": "https://id.gs1.org/01/09506000134352/10/ABC",
                "error": None,
            }
        ]

    def test_one_link_that_is_not_valid_makes_the_status_1(self, capsys: pytest.CaptureFixture[str]) -> None:
        status, (first, second) = parse(capsys, GTIN, "https://id.example.com/01/09506000134353")
        assert status == 1
        assert first["valid"] is True
        assert second["error"]["code"] == "check_digit"

    def test_short_gtins_are_taken_on_request(self, capsys: pytest.CaptureFixture[str]) -> None:
        short = "https://id.example.com/01/9506000134352"
        assert parse(capsys, short)[0] == 1
        status, (report,) = parse(capsys, "--short-gtin", short)
        assert (status, report["elements"]) == (0, [["01", "09506000134352"]])

    def test_lines_on_stdin_are_answered_one_by_one(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stdin = io.TextIOWrapper(io.BytesIO(f"{GTIN}\r\n\n\xff\n{GTIN}".encode("latin-1")))
        monkeypatch.setattr("sys.stdin", stdin)
        status, reports = parse(capsys)
        assert status == 1
        assert [report["valid"] for report in reports] == [True, False, False, True]
