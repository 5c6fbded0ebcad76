import os
import subprocess
import sys
from pathlib import Path

import pytest

from resolver import spool as spool_module
from resolver.spool import Spool

# Another worker: it keeps a batch, says so, and holds on until its input ends.
WRITER = """
import sys
from pathlib import Path
from resolver.spool import Spool
spool = Spool(Path(sys.argv[1]))
spool.append(b"theirs")
print("kept", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "scans"


def read(spool: Spool) -> list[bytes] | None:
    """Return what a segment that may be sent has in it."""
    with spool.claim() as segment:
        return None if segment is None else list(segment.read_batches())


def send(spool: Spool) -> list[bytes]:
    """Return everything that may be sent, and drop it."""
    sent: list[bytes] = []
    while True:
        with spool.claim() as segment:
            if segment is None:
                return sent
            sent += segment.read_batches()
            segment.drop()


def test_batches_come_back_in_order(folder: Path) -> None:
    spool = Spool(folder)
    spool.append(b"one")
    spool.append(b"two")
    assert read(spool) == [b"one", b"two"]


def test_an_empty_spool_has_nothing_to_send(folder: Path) -> None:
    assert read(Spool(folder)) is None


def test_a_segment_that_is_being_sent_takes_no_more(folder: Path) -> None:
    spool = Spool(folder)
    spool.append(b"one")
    with spool.claim() as segment:
        assert segment is not None
        spool.append(b"two")
        assert list(segment.read_batches()) == [b"one"]


def test_a_segment_that_is_not_dropped_is_sent_again(folder: Path) -> None:
    spool = Spool(folder)
    spool.append(b"one")
    assert read(spool) == [b"one"]
    assert send(spool) == [b"one"]
    assert send(spool) == []


def test_a_batch_cut_short_by_a_crash_ends_the_segment(folder: Path) -> None:
    spool = Spool(folder)
    spool.append(b"one")
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes() + b"\x00\x00\x00\x09half")
    assert read(spool) == [b"one"]


def test_a_segment_that_another_writes_is_left_alone(folder: Path) -> None:
    mine, theirs = Spool(folder), Spool(folder)
    theirs.append(b"theirs")
    assert read(mine) is None
    mine.append(b"mine")
    assert send(mine) == [b"mine"]


def test_a_segment_that_another_sends_is_left_alone(folder: Path) -> None:
    mine, theirs = Spool(folder), Spool(folder)
    mine.append(b"one")
    with mine.claim() as segment:
        assert segment is not None
        assert read(theirs) is None
    assert read(theirs) == [b"one"]


def test_a_full_segment_may_be_sent_by_anybody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "MAX_SEGMENT_BYTES", 10)
    spool = Spool(folder)
    spool.append(b"1234567")
    spool.append(b"8")
    assert send(Spool(folder)) == [b"1234567"]


def test_what_a_killed_worker_leaves_is_sent_by_another(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"kept\n"
        assert read(Spool(folder)) is None
        writer.kill()
        writer.wait()
    assert send(Spool(folder)) == [b"theirs"]


def test_the_segment_of_a_former_process_of_the_same_id_is_sent(folder: Path) -> None:
    # As after the restart of a container, in which the same few ids are given out again.
    folder.mkdir()
    (folder / f"{os.getpid()}-0.scans").write_bytes(b"\x00\x00\x00\x03old")
    spool = Spool(folder)
    spool.append(b"new")
    assert sorted(send(spool)) == [b"new", b"old"]


def test_a_segment_that_was_dropped_in_between_is_not_taken(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(folder)
    spool.append(b"one")
    lock = spool_module.fcntl.flock

    def lose_the_race(descriptor: int, operation: int) -> None:
        for path in folder.iterdir():
            path.unlink()
        lock(descriptor, operation)

    with monkeypatch.context() as patch:
        patch.setattr(spool_module.fcntl, "flock", lose_the_race)
        assert read(spool) is None


def test_a_new_segment_that_another_took_is_made_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = spool_module.fcntl.flock
    others = iter([True])

    def lose_the_first_race(descriptor: int, operation: int) -> None:
        if next(others, False):
            (path,) = folder.iterdir()
            path.unlink()
        lock(descriptor, operation)

    monkeypatch.setattr(spool_module.fcntl, "flock", lose_the_first_race)
    spool = Spool(folder)
    spool.append(b"one")
    assert send(spool) == [b"one"]


def test_a_full_spool_refuses(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "MAX_SPOOL_BYTES", 10)
    spool = Spool(folder)
    assert spool.append(b"123456")
    assert not spool.append(b"1")
    send(spool)
    assert spool.append(b"1")


def test_a_batch_that_the_disk_does_not_take_whole_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(folder)
    spool.append(b"one")
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, record: write(descriptor, record[:-1]))
        with pytest.raises(OSError, match="a part of a batch"):
            spool.append(b"two")
    spool.append(b"three")
    assert send(spool) == [b"one", b"three"]
