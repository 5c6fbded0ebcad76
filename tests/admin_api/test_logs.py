import json

import structlog

from admin_api.logs import configure_logs


class TestConfigureLogs:
    def test_each_event_is_one_json_line_without_the_values_of_variables(self, monkeypatch, tmp_path):
        with (tmp_path / "log").open("w+") as stderr:
            monkeypatch.setattr("sys.stderr", stderr)
            configure_logs()
            self.fail("hunter2")
            stderr.seek(0)
            lines = stderr.read().splitlines()
        monkeypatch.undo()
        configure_logs()
        event = json.loads(lines[0])
        assert len(lines) == 1
        assert (event["event"], event["level"], event["key"]) == ("failed", "error", "x")
        assert event["timestamp"].endswith("Z")
        assert "ZeroDivisionError" in event["exception"]
        assert "hunter2" not in lines[0]

    def fail(self, password: str) -> None:
        try:
            1 / (len(password) - 7)
        except ZeroDivisionError:
            structlog.get_logger().exception("failed", key="x")
