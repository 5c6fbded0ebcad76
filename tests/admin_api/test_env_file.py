"""A file of settings is read at each start and each reload."""

import os
from pathlib import Path

import pytest

from admin_api.env_file import EnvFileError, read_env_file


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # Both are put back after the test, whatever it sets.
    monkeypatch.setenv("SIGNPOST_ENV_FILE_NAMES", "")
    monkeypatch.setenv("SIGNPOST_WORKERS", "")
    path = tmp_path / "settings"
    monkeypatch.setenv("SIGNPOST_ENV_FILE", str(path))
    return path


def test_what_it_says_is_set(path: Path) -> None:
    path.write_text("# of the edge\n\nSIGNPOST_WORKERS=3\n")
    read_env_file()
    assert os.environ.get("SIGNPOST_WORKERS") == "3"


def test_what_it_says_no_more_is_unset(path: Path) -> None:
    path.write_text("SIGNPOST_WORKERS=3\n")
    read_env_file()
    path.write_text("")
    read_env_file()
    assert os.environ.get("SIGNPOST_WORKERS") is None


@pytest.mark.parametrize("line", ["SIGNPOST_WORKERS", "PATH=/bin", "SIGNPOST_ENV_FILE=x"])
def test_anything_else_is_refused_with_its_line(path: Path, line: str) -> None:
    path.write_text(f"\n{line}\n")
    with pytest.raises(EnvFileError, match="line 2 is"):
        read_env_file()


def test_a_file_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(EnvFileError, match="No such file"):
        read_env_file()
