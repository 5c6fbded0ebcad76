import asyncio
import json
from typing import Any

import pytest

from admin_api.cli import main
from product_platform.kit.db import Database

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("owner")]

URI = "/01/09521001000017"


class TestExplain:
    def explain(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
        assert main(["explain", "--json", URI, *arguments]) == 0
        report: dict[str, Any] = json.loads(capsys.readouterr().out)
        return report

    def test_the_rules_of_now(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SIGNPOST_EDGE_MIN_CLAIM_TIER", "unverified")
        report = self.explain(capsys)
        assert (report["key"], report["status"], report["error"]) == (URI[1:], 307, None)
        assert report["rules"]

    def test_before_there_were_any(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SIGNPOST_EDGE_MIN_CLAIM_TIER", "unverified")
        report = self.explain(capsys, "--at", "2020-01-01T00:00:00Z")
        assert (report["at"], report["rules"], report["outcome"]) == ("2020-01-01T00:00:00Z", [], "HOSTED")

    async def test_a_host_answers_nobody_elses_identifiers(
        self, capsys: pytest.CaptureFixture[str], database: Database
    ) -> None:
        await database.pool.execute(
            """
            WITH rival AS (INSERT INTO organizations (name, country) VALUES ('Rival', 'SE') RETURNING id)
            INSERT INTO custom_hosts (organization_id, name, token, verified_at, created, modified)
            SELECT id, 'id.rival.example', 't', now(), now(), now() FROM rival
            """
        )
        asked = ["explain", "--json", f"https://id.rival.example{URI}"]
        assert await asyncio.to_thread(main, asked) == 0
        report = json.loads(capsys.readouterr().out)
        assert (report["status"], report["outcome"], report["rules"]) == (404, "NOT_FOUND", [])

    def test_a_uri_that_is_no_identifier(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["explain", "https://[x/01/1"]) == 1
        assert "400 authority: 'https://[x/01/1' is not a URI" in capsys.readouterr().out

    def test_an_instant_beyond_all_clocks(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["explain", URI, "--at", "9999-12-31T23:59:59Z"]) == 2
        assert "is too far away" in capsys.readouterr().err
