import subprocess
import sys
from pathlib import Path

import pytest

from resolver import spool as spool_module
from resolver.spool import Spool, read_batches


def finished_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_batches_come_back_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append(b"one")
    spool.append(b"two")
    segment = spool.find_segment()
    assert segment is not None
    assert list(read_batches(segment)) == [b"one", b"two"]


def test_a_segment_that_is_being_sent_takes_no_more(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append(b"one")
    segment = spool.find_segment()
    spool.append(b"two")
    assert segment is not None
    assert list(read_batches(segment)) == [b"one"]


def test_a_batch_cut_short_by_a_crash_ends_the_segment(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append(b"one")
    segment = spool.find_segment()
    assert segment is not None
    segment.write_bytes(segment.read_bytes() + b"\x00\x00\x00\x09half")
    assert list(read_batches(segment)) == [b"one"]


def test_only_segments_of_the_dead_are_taken_over(tmp_path: Path) -> None:
    (tmp_path / "1-0.scans").write_bytes(b"")
    assert Spool(tmp_path).find_segment() is None
    orphan = tmp_path / f"{finished_pid()}-0.scans"
    orphan.write_bytes(b"")
    assert Spool(tmp_path).find_segment() == orphan


def test_a_full_spool_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "MAX_SPOOL_BYTES", 10)
    spool = Spool(tmp_path)
    assert spool.append(b"123456")
    assert not spool.append(b"1")
