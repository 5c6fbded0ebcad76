"""Shoppers who ask again and again, to see when an edit arrives and whether anything fails meanwhile."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from resolver.journal import JournalReader
from resolver.table_store import TableStore
from tests.integration.clients import Answer, scan
from tests.integration.running import DEADLINE_S, Up


def watch(up: Up, path: str, is_new: Callable[[Answer], bool]) -> dict[int, float]:
    """Ask until every worker gave a new answer, and return after how many seconds each did.

    Fails when a worker that knew the new answer gives the old one again.
    """
    workers = up.edge_workers()
    began = time.monotonic()
    seen: dict[int, float] = {}
    while seen.keys() != workers:
        answer = scan(up.port, path)
        if is_new(answer):
            seen.setdefault(answer.worker, time.monotonic() - began)
        assert is_new(answer) or answer.worker not in seen, "a worker went back"
        assert time.monotonic() - began < DEADLINE_S, f"only {seen} of {workers}; the last one gave {answer}"
    return seen


def watch_target(up: Up, path: str, target: str) -> dict[int, float]:
    return watch(up, path, lambda answer: answer.location == target)


@contextmanager
def asking(ask: Callable[[], None], readers: int) -> Iterator[None]:
    """Let some readers ask again and again while the block runs; what fails there fails here."""
    done = threading.Event()
    failures: list[BaseException] = []

    def read() -> None:
        try:
            while not done.is_set():
                ask()
        except BaseException as error:  # noqa: BLE001 - raised again below, in the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(readers)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]


def read_number(tables: Path) -> int:
    """Return the newest change set in the files of a host, -1 while there are none."""
    files = TableStore(tables).read_files()
    if files is None:
        return -1
    try:
        journal = JournalReader(tables / files.journal)
    except FileNotFoundError:  # replaced since the list was read
        return -1
    with closing(journal):
        return max((change_set.number for change_set in journal.read_new()), default=files.number)
