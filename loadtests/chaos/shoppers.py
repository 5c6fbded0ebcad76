"""Shoppers who ask again and again while harm is done, and hold every answer to what it must be.

Every second one keeps its connection. One that was kept and breaks before an answer comes is made anew,
and asked once more, as every client does; a new connection that breaks is a failure.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException

from loadtests.asking import DEBUG, Connection
from loadtests.chaos.brand import Link
from loadtests.check import Answer

_SHOWN = 5
# Leaves the machine to those who start again.
_PAUSE_S = 0.01
_NOBODY = "/01/09521234543213"
_PHONE = ("User-Agent", "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/131.0 Mobile")


@dataclass
class Seen:
    """What shoppers saw: how often they asked, what got no answer, and what was wrong with an answer."""

    asked: int = 0
    retried: int = 0
    scans: int = 0
    scanned_at: list[float] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, fault: str | None) -> None:
        """Count an answer, and remember what is wrong with it."""
        with self.lock:
            self.asked += 1
            if fault is not None:
                self.wrong.append(fault)

    def note_scan(self, status: int) -> None:
        """Count an answer of an identifier, when it is one that counts as a scan."""
        with self.lock:
            if status == 307:
                self.scans += 1
                self.scanned_at.append(time.monotonic())

    @property
    def faults(self) -> list[str]:
        """The first few of all that went wrong, in words."""
        return [f"{count} x {what}" for what, count in self.failed.items()] + self.wrong[:_SHOWN]


class Shopper:
    """One who follows links; *may_fail* tells whether a failure is excused at the moment."""

    def __init__(self, port: int, links: Sequence[Link], seen: Seen, *, keeps: bool) -> None:
        self._connection = Connection(port, timeout_s=30.0)
        self._is_used = False
        self._links = links
        self._seen = seen
        self._keeps = keeps
        # INVARIANT: who asks one thing after the other is never shown something older by the same worker.
        self._newest: dict[tuple[int, str], tuple[int, int]] = {}

    def ask_all(self) -> None:
        """Follow every link once, and ask for something that nobody knows."""
        for link in self._links:
            answer = self._ask(link.path)
            if answer is not None:
                self._seen.note_scan(answer.status)
                self._seen.note(self._find_fault(link, answer))
        answer = self._ask(_NOBODY)
        if answer is not None:
            self._seen.note(None if answer.status == 404 else f"{answer.status} for what nobody knows")

    def close(self) -> None:
        """Ask no more."""
        self._connection.close()

    def _ask(self, path: str) -> Answer | None:
        for is_last in (not self._is_used, True):
            try:
                answer = self._connection.get(path, [("Host", "localhost"), _PHONE, DEBUG])
            except (OSError, HTTPException) as error:
                self._connection.close()
                self._is_used = False
                if is_last:
                    with self._seen.lock:
                        self._seen.failed[type(error).__name__] += 1
                    return None
                self._seen.retried += 1
            else:
                self._is_used = self._keeps
                if not self._keeps:
                    self._connection.close()
                if answer.status >= 500:
                    with self._seen.lock:
                        self._seen.failed[f"status {answer.status}"] += 1
                    return None
                return answer
        return None

    def _find_fault(self, link: Link, answer: Answer) -> str | None:
        """Return what is wrong with an answer, or None."""
        location = answer.headers.get("location")
        number = link.number_of(location)
        if number is None:
            if not link.is_being_deleted:
                return f"{answer.status} {location} at {link.path}"
            number = link.tried + 1
        elif number > link.tried:
            return f"edit {number} of {link.path}, which was never made"
        newest, table = self._newest.get((answer.worker, link.path), (0, 0))
        self._newest[answer.worker, link.path] = max(newest, number), answer.table
        if number >= newest:
            return None
        told = f"from edit {newest} at table {table} to edit {number} at table {answer.table}"
        return f"worker {answer.worker} went back {told}"


@contextmanager
def shopping(port: int, links: Sequence[Link], *, shoppers: int = 2) -> Iterator[Seen]:
    """Let some ask again and again inside the block."""
    seen, is_over = Seen(), threading.Event()

    def shop(shopper: Shopper) -> None:
        while not is_over.wait(_PAUSE_S):
            shopper.ask_all()
        shopper.close()

    threads = [
        threading.Thread(target=shop, args=(Shopper(port, links, seen, keeps=bool(number % 2)),))
        for number in range(shoppers)
    ]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
