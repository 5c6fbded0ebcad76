import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from resolver import lifeline
from resolver.lifeline import tie

DEADLINE_S = 20

# A process that starts another, says its pid, and waits to be killed. Whoever holds the writing end of
# stdout is alive; when both are gone, it closes.
PARENT = """
import signal, subprocess, sys
from resolver import lifeline

lifeline.HAS_DEATH_SIGNAL = {has_death_signal}
child = {child}
print("ready", flush=True)
signal.pause()
"""
TIED_SLEEP = """subprocess.Popen(
    (tied := lifeline.tie(["/bin/sleep", "600"], signal.SIGTERM)).arguments, pass_fds=tied.pass_fds
)"""
FORKED_WORKER = """__import__("multiprocessing").get_context("fork").Process(
    target=lambda: (lifeline.die_with_parent(), signal.pause())
)
child.start()"""


def run_parent(child: str, *, has_death_signal: bool = True) -> subprocess.Popen[bytes]:
    program = PARENT.format(child=child, has_death_signal=has_death_signal)
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE)


def kill_and_wait_for_silence(parent: subprocess.Popen[bytes]) -> bytes:
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"ready\n"
    parent.kill()
    # Ends only when no process has the pipe any more.
    rest, _ = parent.communicate(timeout=DEADLINE_S)
    return rest


class TestTie:
    def test_a_command_ends_when_its_parent_is_killed(self) -> None:
        assert kill_and_wait_for_silence(run_parent(TIED_SLEEP)) == b""

    def test_a_command_whose_parent_is_already_gone_does_not_run(self) -> None:
        tied = tie(["/bin/echo", "ran"], signal.SIGTERM)
        elsewhere = [argument if argument != str(os.getpid()) else "1" for argument in tied.arguments]
        done = subprocess.run(
            elsewhere, pass_fds=tied.pass_fds, capture_output=True, timeout=DEADLINE_S, check=False
        )
        assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"")

    def test_the_exit_status_is_the_commands(self) -> None:
        tied = tie(["/bin/sh", "-c", "exit 7"], signal.SIGTERM)
        assert subprocess.run(tied.arguments, pass_fds=tied.pass_fds, check=False).returncode == 7

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can take on another user")
    def test_a_command_takes_on_the_user_and_no_group_of_roots(self) -> None:
        tied = tie(["/usr/bin/id", "-u"], signal.SIGTERM, user=(65534, 65534))
        assert subprocess.check_output(tied.arguments, pass_fds=tied.pass_fds) == b"65534\n"


class TestGuard:
    """Where the kernel knows no death signal, the same program guards the command as its child."""

    @pytest.fixture
    def program(self, tmp_path: Path) -> Path:
        source = Path(lifeline.__file__).read_text()
        changed = tmp_path / "lifeline.py"
        changed.write_text(source.replace('sys.platform == "linux"', "False"))
        return changed

    def guard(self, program: Path, read_fd: int, *command: str) -> subprocess.Popen[bytes]:
        options = [str(os.getpid()), str(int(signal.SIGTERM)), str(read_fd), "-1", "-1"]
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(program), *options, *command],
            stdout=subprocess.PIPE,
            pass_fds=(read_fd,),
        )

    def test_the_command_ends_when_the_lifeline_closes(self, program: Path) -> None:
        read_fd, write_fd = os.pipe()
        guard = self.guard(program, read_fd, "/bin/sh", "-c", "echo ready; exec sleep 600")
        assert guard.stdout is not None
        assert guard.stdout.readline() == b"ready\n"
        os.close(write_fd)
        os.close(read_fd)
        guard.communicate(timeout=DEADLINE_S)
        assert guard.returncode != 0

    def test_a_signal_is_passed_on(self, program: Path) -> None:
        read_fd, write_fd = os.pipe()
        script = "trap 'echo told; exit 3' TERM; echo ready; while :; do sleep 0.05; done"
        guard = self.guard(program, read_fd, "/bin/sh", "-c", script)
        assert guard.stdout is not None
        assert guard.stdout.readline() == b"ready\n"
        guard.terminate()
        rest, _ = guard.communicate(timeout=DEADLINE_S)
        os.close(write_fd)
        os.close(read_fd)
        assert (guard.returncode, rest) == (3, b"told\n")


class TestDieWithParent:
    @pytest.mark.parametrize("has_death_signal", [True, False])
    def test_a_worker_ends_when_its_parent_is_killed(self, has_death_signal: bool) -> None:
        parent = run_parent(FORKED_WORKER, has_death_signal=has_death_signal)
        assert kill_and_wait_for_silence(parent) == b""

    def test_a_process_that_nobody_spawned_through_multiprocessing_is_left_alone(self) -> None:
        program = "from resolver.lifeline import die_with_parent; die_with_parent(); print('alive')"
        assert subprocess.check_output([sys.executable, "-c", program]) == b"alive\n"
