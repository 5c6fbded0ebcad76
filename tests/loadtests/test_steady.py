from pathlib import Path

import pytest

from loadtests.drive import DriveFailedError
from loadtests.steady import Steady, percentile, read_latencies


class TestReadLatencies:
    def test_the_third_column_counts(self, tmp_path: Path) -> None:
        log = tmp_path / "log"
        log.write_text("1764275000000000\t307\t180\n1764275000000100\t404\t250\t1\n")
        assert list(read_latencies([log])) == [180, 250]

    def test_a_request_without_answer_fails(self, tmp_path: Path) -> None:
        log = tmp_path / "log"
        log.write_text("1764275000000000\t-1\t0\n")
        with pytest.raises(DriveFailedError):
            list(read_latencies([log]))


class TestPercentile:
    def test_it_lies_above_that_many(self) -> None:
        assert percentile(range(100), 99) == 99
        assert percentile(range(1_000), 50) == 500
        assert percentile([7], 99) == 7

    def test_a_drive_tells_its_p99(self) -> None:
        assert Steady(100.0, range(200)).p99_us == 198
