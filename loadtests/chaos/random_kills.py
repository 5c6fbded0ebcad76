"""Processes are killed at random while brands edit: no acknowledged edit is lost, torn or doubled."""

import random
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPException
from itertools import cycle, pairwise

from loadtests.asking import DEBUG, Connection
from loadtests.chaos.brand import Brand, Link, NotAcknowledgedError
from loadtests.chaos.processes import descendants_of, kill, wait_until
from loadtests.chaos.shoppers import shopping
from loadtests.chaos.stage import Stage
from loadtests.chaos.trial import Cast, Outcome, Scale, Trial, numbers_at_each_worker, rest
from product_platform.kit.ids import from_short

_LINKS = 6
_DELETED_SHARE = 0.01

_HISTORY = """
    SELECT after->>'custom_url' AS url FROM rule_changes
    WHERE rule_id = $1 AND after->>'custom_url' = ANY($2::text[]) ORDER BY number
"""


def _victims(stage: Stage) -> dict[str, list[int]]:
    """Return what may be killed: publisher, api, counter of scans, keeper, one worker, the whole edge."""
    found = {name: stage.process(name) for name in ("worker", "api", "scans", "keeper", "edge")}
    edge = found["edge"]
    victims = {name: [pid] for name, pid in found.items() if pid is not None}
    if edge is not None:
        victims["edge"] = [edge, *descendants_of(edge)]
    workers = stage.edge_workers()
    if workers:
        victims["edge worker"] = [workers[0]]
    return victims


def _kill_at_random(
    stage: Stage, count_edits: Callable[[], int], kills: int, chance: random.Random
) -> Counter[str]:
    """Kill one after the other in the midst of edits, and return what was killed how often."""
    killed: Counter[str] = Counter()
    while killed.total() < kills:
        enough = count_edits() + chance.randint(1, 8)
        wait_until(lambda enough=enough: count_edits() >= enough, "edits that are acknowledged")  # type: ignore[misc]
        rest(chance.uniform(0, 0.05))
        victims = _victims(stage)
        name = chance.choice(sorted(victims))
        kill(victims[name])
        killed[name] += 1
        if killed.total() % 10 == 0:
            print(f"  {killed.total()} of {kills} killed", file=sys.stderr, flush=True)
    return killed


class Editors:
    """Two who edit links at random and now and then delete one, and one who rolls a pair back and forth."""

    def __init__(self, cast: Cast, seed: int) -> None:
        self.brand = cast.brand.found_organization("Random edits")
        self.links = [self.brand.make_link() for _ in range(_LINKS)]
        self.pair = Pair(cast.stage, cast.brand.found_organization("Two at once"))
        self._seed = seed

    def count_edits(self) -> int:
        """Return how many edits were acknowledged so far."""
        return sum(link.edits for link in self.links) + self.pair.rollbacks

    @contextmanager
    def working(self) -> Iterator[None]:
        """Edit inside the block."""
        is_over = threading.Event()
        halves = self.links[: _LINKS // 2], self.links[_LINKS // 2 :]
        works: list[Callable[[], None]] = [
            lambda half=half, number=number: self._edit(half, number, is_over)  # type: ignore[misc]
            for number, half in enumerate(halves)
        ]
        works.append(lambda: self.pair.swing(is_over))
        threads = [threading.Thread(target=work) for work in works]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            is_over.set()
            for thread in threads:
                thread.join()

    def _edit(self, links: Sequence[Link], number: int, is_over: threading.Event) -> None:
        chance = random.Random(self._seed * 10 + number)
        while not is_over.is_set():
            alive = [link for link in links if not link.is_being_deleted]
            link = chance.choice(alive)
            if len(alive) > 1 and chance.random() < _DELETED_SHARE:
                self.brand.delete(link)
            else:
                self.brand.edit(link)
            is_over.wait(chance.uniform(0, 0.05))


class Pair:
    """Two links that are always edited in one transaction: both lead to one side, or both to the other."""

    def __init__(self, stage: Stage, brand: Brand) -> None:
        self.brand = brand
        self.links = [brand.make_link(), brand.make_link()]
        self.rollbacks = 0
        for link in self.links:
            brand.edit_until_acknowledged(link)
        wait_until(lambda: set(numbers_at_each_worker(stage, self.links[1]).values()) == {1}, "both links")
        # Each link is made at one version and edited at another.
        self._versions = (2, 4)

    def swing(self, is_over: threading.Event) -> None:
        """Roll back to one side and then the other, until it is over."""
        for version in cycle(self._versions):
            if is_over.wait(0.02):
                return
            with suppress(NotAcknowledgedError):
                self.brand.call("POST", f"{self.brand.rules}/history/{version}/rollback")
                self.rollbacks += 1

    @contextmanager
    def watched(self, port: int) -> Iterator[list[str]]:
        """Hold what both links lead to at one table against each other inside the block."""
        is_over, torn = threading.Event(), list[str]()
        thread = threading.Thread(target=self._watch, args=(port, is_over, torn))
        thread.start()
        try:
            yield torn
        finally:
            is_over.set()
            thread.join()

    def _watch(self, port: int, is_over: threading.Event, torn: list[str]) -> None:
        seen: defaultdict[int, dict[str, int | None]] = defaultdict(dict)
        while not is_over.is_set():
            with suppress(OSError, HTTPException):
                connection = Connection(port, timeout_s=5.0)
                for link in (*self.links, *reversed(self.links)):
                    answer = connection.get(link.path, [("Host", "localhost"), DEBUG])
                    sides = seen[answer.table]
                    sides[link.name] = link.number_of(answer.headers.get("location"))
                    if len(set(sides.values())) > 1:
                        torn.append(f"table {answer.table} has half a change set: {sides}")
                connection.close()


def _run(cast: Cast, scale: Scale) -> Outcome:
    chance = random.Random(scale.seed)
    editors = Editors(cast, scale.seed)
    with ExitStack() as stack:
        seen = stack.enter_context(shopping(cast.stage.port, editors.links))
        torn = stack.enter_context(editors.pair.watched(cast.stage.port))
        with editors.working():
            killed = _kill_at_random(cast.stage, editors.count_edits, scale.kills, chance)
        lost = cast.recover()
        wait_until(lambda: cast.stage.process("scans"), "every part")
        lost += [fault for link in editors.links for fault in _find_loss(cast, link)]
    outcome = Outcome(times=f"{scale.kills} kills, seed {scale.seed}", asked=seen.asked)
    # Who asks a process that is killed gets no answer. What is answered must be right.
    outcome.lost = [*lost, *seen.wrong, *torn, *(each for each in seen.failed if each.startswith("status"))]
    outcome.edits = editors.count_edits()
    broken = seen.failed.total() + seen.retried
    told = ", ".join(f"{name} {count}" for name, count in sorted(killed.items()))
    outcome.remark = f"{told}; {broken} requests were in their hands"
    return outcome


def _find_loss(cast: Cast, link: Link) -> list[str]:
    """Return what is wrong with *link* after everything: at the workers, and in its history."""
    wait_until(lambda: not cast.find_loss(link), f"the last edit of {link.path} at every worker")
    targets = {link.target(number): number for number in range(1, link.tried + 1)}
    rows = cast.stage.ask_database(_HISTORY, from_short(link.rule_id), list(targets))
    stored = [targets[row["url"]] for row in rows]
    acknowledged = set(targets.values()) - link.uncertain
    faults = [f"edit {number} of {link.path} is gone" for number in acknowledged - set(stored)]
    faults += [
        f"edits {one} and {next_} of {link.path} changed places or are doubled"
        for one, next_ in pairwise(stored)
        if next_ <= one
    ]
    shown = numbers_at_each_worker(cast.stage, link)
    if link.is_deleted and any(number is not None for number in shown.values()):
        faults.append(f"{link.path} was deleted and is back")
    return faults


TRIALS = (
    Trial(
        "random-kills",
        "`kill -9` of publisher, api, scans, keeper, edge workers and edge at random, during edits",
        _run,
    ),
)
