import os
import subprocess
import sys
from pathlib import Path

import pytest

from admin_api.embedded.lock import LockHeldError, is_held, take_lock

HOLDER = "print('holding', flush=True); input()"


class TestTakeLock:
    def test_a_held_lock_is_refused(self, tmp_path: Path) -> None:
        held = take_lock(tmp_path / "lock", timeout_s=0)
        with pytest.raises(LockHeldError):
            take_lock(tmp_path / "lock", timeout_s=0)
        os.close(held)

    def test_a_lock_let_go_is_taken_again(self, tmp_path: Path) -> None:
        os.close(take_lock(tmp_path / "lock", timeout_s=0))
        os.close(take_lock(tmp_path / "lock", timeout_s=0))

    def test_a_child_that_inherited_it_holds_it_to_its_end(self, tmp_path: Path) -> None:
        held = take_lock(tmp_path / "lock", timeout_s=0)
        with subprocess.Popen(
            [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[held]
        ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            os.close(held)
            with pytest.raises(LockHeldError):
                take_lock(tmp_path / "lock", timeout_s=0)
            child.communicate(b"\n")
        os.close(take_lock(tmp_path / "lock", timeout_s=0))


class TestIsHeld:
    def test_it_tells_and_takes_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "lock"
        assert not is_held(path)
        assert not path.exists()
        held = take_lock(path, timeout_s=0)
        assert is_held(path)
        os.close(held)
        assert not is_held(path)
