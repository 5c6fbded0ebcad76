"""What all trials have in common: how long they last, what came of them, and who takes part."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import NamedTuple

from loadtests.asking import DEBUG, Connection
from loadtests.chaos.brand import Brand, Link
from loadtests.chaos.processes import wait_until
from loadtests.chaos.shoppers import Seen
from loadtests.chaos.stage import Stage

_LINKS = 3
_EDIT_PAUSE_S = 0.05


class Scale(NamedTuple):
    """How much is done: seconds of each harm, kills, scans of an outage, and the seed of what is random."""

    seconds: float
    kills: int
    scans: int
    seed: int = 1


LONG = Scale(seconds=60.0, kills=200, scans=2_000_000)
SHORT = Scale(seconds=0.5, kills=8, scans=20_000)


@dataclass
class Outcome:
    """What came of a trial: nothing may be failed, wrong or lost."""

    times: str
    asked: int = 0
    edits: int = 0
    scans: int = 0
    lost: list[str] = field(default_factory=list)
    remark: str = ""

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost."""
        return not self.lost

    def add(self, seen: Seen) -> None:
        """Take up what shoppers saw."""
        self.asked += seen.asked
        self.lost += seen.faults


class Cast:
    """Who takes part: a brand, links that it leaves alone, and one that it edits all the time."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.brand = Brand.owner(stage)
        self.links = [self.brand.make_link() for _ in range(_LINKS)]
        self.edited = self.brand.make_link()

    @property
    def all_links(self) -> Sequence[Link]:
        """Every link that leads somewhere."""
        return [*self.links, self.edited]

    @contextmanager
    def editing(self) -> Iterator[None]:
        """Edit one link again and again inside the block, whatever the API says."""
        is_over = threading.Event()

        def edit() -> None:
            while not is_over.is_set():
                self.brand.edit(self.edited)
                is_over.wait(_EDIT_PAUSE_S)

        thread = threading.Thread(target=edit)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    def recover(self) -> list[str]:
        """Return what is lost when an edit is possible again, and everything had time to arrive."""
        self.brand.edit_until_acknowledged(self.edited)
        wait_until(
            lambda: self._all_serve(self.edited, self.edited.acknowledged),
            "the last edit, served by every worker",
        )
        return [fault for link in self.all_links for fault in self.find_loss(link)]

    def find_loss(self, link: Link) -> list[str]:
        """Return what is wrong with *link* at any worker."""
        served = numbers_at_each_worker(self.stage, link)
        return [
            f"worker {worker} serves edit {number} of {link.path}, acknowledged was {link.acknowledged}"
            for worker, number in served.items()
            if not _is_good(link, number)
        ]

    def _all_serve(self, link: Link, number: int) -> bool:
        return all((found or -1) >= number for found in numbers_at_each_worker(self.stage, link).values())


def _is_good(link: Link, number: int | None) -> bool:
    if number is None:
        return link.is_being_deleted
    return not link.is_deleted and link.acknowledged <= number <= link.tried


def numbers_at_each_worker(stage: Stage, link: Link) -> dict[int, int | None]:
    """Return which edit each worker shows; None where it leads to no target of the link."""
    found: dict[int, int | None] = {}

    def has_asked_all() -> bool:
        connection = Connection(stage.port)
        try:
            answer = connection.get(link.path, [("Host", "localhost"), DEBUG])
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()
        found[answer.worker] = link.number_of(answer.headers.get("location"))
        return found.keys() >= set(stage.edge_workers())

    wait_until(has_asked_all, "an answer from every worker")
    return {worker: found[worker] for worker in stage.edge_workers() if worker in found}


Run = Callable[[Cast, Scale], Outcome]


class Trial(NamedTuple):
    """One row of the table: what is done, and what does it."""

    name: str
    what: str
    run: Run


def rest(seconds: float) -> None:
    """Let time pass while shoppers ask and brands edit."""
    time.sleep(seconds)
