import os
from pathlib import Path

import pytest

from admin_api.embedded import places
from admin_api.embedded.places import (
    SOCKET_PATH_LIMIT_BYTES,
    ServiceUser,
    is_reachable,
    make_home,
    make_private,
    make_socket_dir,
)
from admin_api.embedded.server import EmbeddedServerError
from tests.conftest import open_folder

STRANGER = ServiceUser(uid=54321, gid=54321)  # nobody whom a test may run as
SOCKET_NAME = "valkey.sock"

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders to another user")


@pytest.fixture
def closed_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(places, "STATE_DIR", tmp_path / "state")
    return tmp_path / "state"


class TestIsReachable:
    def test_the_root_folder_is(self) -> None:
        assert is_reachable(Path("/"), STRANGER)

    def test_what_lies_below_a_closed_folder_is_not(self, closed_dir: Path) -> None:
        inside = closed_dir / "open"
        inside.mkdir(mode=0o755)
        assert not is_reachable(inside, STRANGER)


class TestMakeHome:
    def test_it_lies_in_the_data_folder_closed_to_others(self, tmp_path: Path) -> None:
        home = make_home(tmp_path / "data", "valkey", user=None)
        assert home == tmp_path / "data" / "valkey"
        assert home.stat().st_mode & 0o777 == 0o700

    @needs_root
    def test_it_lies_outside_when_the_servers_user_cannot_reach_it(
        self, closed_dir: Path, state_dir: Path
    ) -> None:
        home = make_home(closed_dir, "postgres", STRANGER)
        assert home.parent == state_dir
        assert home.stat().st_uid == STRANGER.uid
        assert home.stat().st_mode & 0o777 == 0o700

    @needs_root
    def test_it_is_found_again(self, closed_dir: Path, state_dir: Path) -> None:
        first = make_home(closed_dir, "postgres", STRANGER)
        (first / "kept").touch()
        assert (make_home(closed_dir, "postgres", STRANGER) / "kept").exists()

    @needs_root
    def test_a_new_data_folder_at_the_same_path_begins_empty(self, closed_dir: Path, state_dir: Path) -> None:
        home = make_home(closed_dir, "postgres", STRANGER)
        (home / "old").touch()
        (closed_dir / "postgres").unlink()
        assert list(make_home(closed_dir, "postgres", STRANGER).iterdir()) == []
        assert (home.with_suffix(".previous") / "old").exists()

    def test_data_that_have_become_unreachable_are_not_left_behind_unseen(self, closed_dir: Path) -> None:
        (closed_dir / "postgres").mkdir()
        with pytest.raises(EmbeddedServerError, match=r"chmod o\+x"):
            make_home(closed_dir, "postgres", STRANGER)


class TestMakeSocketDir:
    def test_it_lies_at_home_when_the_path_is_short(self, tmp_path: Path) -> None:
        assert make_socket_dir(tmp_path, SOCKET_NAME, user=None) == tmp_path / "run"

    def test_a_long_path_gives_way_to_a_short_private_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        home = tmp_path / ("deep" * 30)
        home.mkdir()
        with open_folder() as runtime_dir:
            monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime_dir))
            folder = make_socket_dir(home, SOCKET_NAME, user=None)
            assert folder.parent == runtime_dir
            assert len(os.fsencode(folder / SOCKET_NAME)) <= SOCKET_PATH_LIMIT_BYTES
            assert folder.stat().st_mode & 0o777 == 0o700


class TestMakePrivate:
    def test_a_link_in_its_place_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(EmbeddedServerError, match="belongs to somebody else"):
            make_private(tmp_path / "run", user=None)
