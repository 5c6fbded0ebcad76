"""`signpost recompile`, whole and interrupted."""

from collections.abc import Callable
from typing import Any

import pytest

from admin_api.cli import main, recompile
from product_platform.kit.db import Database

pytestmark = pytest.mark.servers


@pytest.fixture(autouse=True)
def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNPOST_DATABASE_URL", database_url)


class TestRecompile:
    def test_it_tells_how_many_it_was(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["recompile"]) == 0
        assert capsys.readouterr().out == "0 slices compiled anew\n"

    def test_when_interrupted_it_tells_how_to_go_on(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begun: list[str] = []

        async def stop(
            _database: Database, *, after: str, on_progress: Callable[[int, str], None], **_: Any
        ) -> int:
            begun.append(after)
            on_progress(1, "01/2")
            raise KeyboardInterrupt

        monkeypatch.setattr(recompile, "recompile", stop)
        assert main(["recompile", "--after", "01/1"]) == 130
        assert begun == ["01/1"]
        assert capsys.readouterr().err == "To go on: signpost recompile --after 01/2\n"
