import subprocess
import sys

import pytest

from admin_api.cli import COMMANDS, main

# Commands that serve load frameworks; these two must be at hand at once.
HEAVY = ("asyncio", "asyncpg", "fastapi", "granian", "pydantic", "redis", "starlette")


class TestMain:
    def test_the_help_lists_every_command(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as stop:
            main(["--help"])
        assert stop.value.code == 0
        listed = {line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("    ")}
        assert set(COMMANDS) <= listed

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_has_its_own_help(self, command: str, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as stop:
            main([command, "--help"])
        assert stop.value.code == 0
        assert capsys.readouterr().out.startswith(f"usage: signpost {command}")

    @pytest.mark.parametrize("arguments", [[], ["fly"], ["parse", "--fly"]])
    def test_wrong_use_is_refused(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 2
        assert capsys.readouterr().err.startswith("usage: signpost")

    def test_parsing_loads_no_framework(self) -> None:
        program = (
            "import sys; from admin_api.cli import main; main(['parse', 'x']);"
            f"print([name for name in {HEAVY} if name in sys.modules])"
        )
        output = subprocess.check_output([sys.executable, "-c", program], text=True)
        assert output.splitlines()[-1] == "[]"

    def test_a_reader_who_has_gone_is_no_error(self) -> None:
        command = f"yes x | {sys.executable} -m admin_api parse | head -n 1"
        done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True)
        assert done.stderr == ""
