from pathlib import Path

from loadtests.load import to_command

REPORT = Path("report.html")


class TestToCommand:
    def test_without_a_browser_it_writes_a_report(self) -> None:
        command = to_command([], report=REPORT, has_ui=False)
        assert "--headless" in command
        assert command[-2:] == ["--html", "report.html"]

    def test_with_a_browser_it_listens_here_alone(self) -> None:
        command = to_command([], report=REPORT, has_ui=True)
        assert "--headless" not in command
        assert command[command.index("--web-host") + 1] == "127.0.0.1"

    def test_what_is_for_locust_wins(self) -> None:
        assert to_command(["--users", "50"], report=REPORT, has_ui=False)[-2:] == ["--users", "50"]
