"""`make endure`: minutes of load under a stream of edits, with every sampled answer held to the reference.

Each answer names its table, and what that table was compiled from is known, edit by edit. Beside that
the memory of every worker must stay what it was.
"""

import argparse
import asyncio
import json
import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from http.client import HTTPException
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from loadtests import tables
from loadtests.asking import DEBUG, Connection
from loadtests.base import FOLDER, prepare_base, write_whole
from loadtests.check import Answer, find_fault
from loadtests.compare import stop
from loadtests.data import gtin_of
from loadtests.drive import drive, write_rounds
from loadtests.editing import Editor, History, editable_places
from loadtests.headers import LINKSET_READERS, PHONES, Client
from loadtests.installation import Installation, connect_to_each, installed
from loadtests.memory import MEGABYTE, has_grown, read_memory
from loadtests.mix import HOST, Ask, Kind, Mix
from loadtests.programs import H2LOAD, WRK, ProgramMissingError, get_program
from loadtests.servers import Server
from loadtests.steady import asking_steadily
from product_platform.kit.db import Database

SIZE = 1_000_000
SECONDS = 600
EDITS_A_SECOND = 50

_SAMPLES_A_SECOND = 100
_SHOWN_FAULTS = 5
_WARM_SECONDS = 4


@dataclass(slots=True)
class Endurance:
    """What happened: edits and sampled answers, what was wrong, and memory by instant and worker."""

    seconds: int
    rate: float
    edits: int = 0
    sampled: int = 0
    edited_sampled: int = 0
    changed_meanwhile: int = 0
    newest_table: int = 0
    faults: list[str] = field(default_factory=list)
    memory: list[dict[int, int]] = field(default_factory=list)

    @property
    def is_flat(self) -> bool:
        """Whether every worker that was there at the middle has no more at the end, but for a little."""
        middle, last = self.memory[len(self.memory) // 2], self.memory[-1]
        grown = {pid for pid, size in middle.items() if has_grown(size, last.get(pid, size))}
        return not grown and middle.keys() == last.keys()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, and return 1 when an answer was wrong, or memory grew, or edits did not keep their pace."""
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, stop)
    try:
        for program in (WRK, H2LOAD):
            get_program(program)
        found = endure(options)
    except ProgramMissingError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    write_whole(options.folder / "endure.json", json.dumps(asdict(found), indent=2).encode())
    print(render(found))
    is_paced = found.edits >= 0.95 * options.edits * found.seconds
    return 0 if found.is_flat and is_paced and not found.faults and found.edited_sampled else 1


def endure(options: argparse.Namespace) -> Endurance:
    """Return what happened in an installation of its own."""
    base = prepare_base(options.size, options.folder)
    requests = write_rounds(options.size, options.warm, root=options.folder)
    with installed(base, options.folder) as installation, installation.serving() as server:
        # By then the caches are nearly full, so that what memory does afterwards tells something.
        rates = [drive(server, each, _WARM_SECONDS).rate for each in requests]
        found = Endurance(options.seconds, rates[-1] / 2)
        print(f"asking {found.rate:,.0f} times a second for {found.seconds} s", file=sys.stderr, flush=True)
        with asking_steadily(server, options.size, found.rate, options.seconds + 10):
            asyncio.run(_run(installation, server, found, options.edits))
    return found


def render(found: Endurance) -> str:
    """Return the figures for people."""
    moments = (0, len(found.memory) // 2, len(found.memory) - 1)
    rows = [
        (f"worker {pid}", *(f"{found.memory[at].get(pid, 0) / MEGABYTE:.1f} MB" for at in moments))
        for pid in found.memory[-1]
    ]
    lines = [
        tables.render(("Pss_Anon", "start", "middle", "end"), rows, right=frozenset({1, 2, 3})),
        "",
        f"{found.edits:,} edits in {found.seconds} s, up to table {found.newest_table:,}",
        f"{found.sampled:,} requests sampled, each asked three times: {found.edited_sampled:,} for edited",
        f"products, and {found.changed_meanwhile:,} while the table changed",
        f"answers that differ from the reference at their table: {len(found.faults)}",
        *found.faults[:_SHOWN_FAULTS],
        f"memory: {'flat' if found.is_flat else 'grows'}",
    ]
    return "\n".join(lines)


async def _run(installation: Installation, server: Server, found: Endurance, edits_a_second: int) -> None:
    database = await Database.open(installation.database_url, max_connections=4)
    ends_at = time.monotonic() + found.seconds
    try:
        editor = await Editor.open(database, installation.base.size)
        async with asyncio.TaskGroup() as group:
            group.create_task(_edit(editor, found, edits_a_second, ends_at))
            group.create_task(_sample(editor, installation.base.size, server, found, ends_at))
            group.create_task(_watch_memory(server, found, ends_at))
    finally:
        await database.close()


async def _edit(editor: Editor, found: Endurance, edits_a_second: int, ends_at: float) -> None:
    next_at = time.monotonic()
    while (now := time.monotonic()) < ends_at:
        # An edit that comes late does not move those after it.
        await asyncio.sleep(max(0.0, next_at - now))
        await editor.edit()
        found.edits += 1
        next_at += 1 / edits_a_second


async def _sample(editor: Editor, size: int, server: Server, found: Endurance, ends_at: float) -> None:
    """Ask the workers in turn; once it is known what their tables hold, look at the answers."""
    workers = connect_to_each(server)
    asks = _asks(size)
    history = editor.history
    while time.monotonic() < ends_at:
        began = time.monotonic()
        portion = list(islice(asks, _SAMPLES_A_SECOND))
        answers = await asyncio.to_thread(_ask_all, portion, list(workers.values()), found)
        # INVARIANT: what a table that has answered holds, the database knows by now.
        await editor.learn_tables()
        for sample in answers:
            found.faults += sample.find_faults(history)
            found.sampled += 1
            found.edited_sampled += sample.ask.item is not None and history.is_edited(sample.ask.item)
            found.changed_meanwhile += sample.before.table != sample.after.table
            found.newest_table = max(found.newest_table, sample.after.table)
            await asyncio.sleep(0)
        await asyncio.sleep(max(0.0, began + 1 - time.monotonic()))
    for connection in workers.values():
        connection.close()


def _asks(size: int) -> Iterator[Ask]:
    """Yield requests, every second one for a product that gets edited."""
    chance, mix, places = random.Random(1), Mix(size, 4_242).asks(), editable_places(size)
    while True:
        yield next(mix)
        index = chance.choice(places)
        kind = chance.choice((Kind.GTIN, Kind.GTIN, Kind.LINKSET))
        query = "linkType=linkset" if kind is Kind.LINKSET else ""
        yield Ask(kind, f"/01/{gtin_of(index)}", query, HOST, chance.choice(_readers(kind)), index)


def _readers(kind: Kind) -> Sequence[Client]:
    return LINKSET_READERS if kind is Kind.LINKSET else PHONES


class Sample(NamedTuple):
    """One request to one worker, asked before and after with its table, and between as anybody asks.

    Who asks for the table gets an answer that is made anew, and others may get one that was kept. That
    one is of a table between the two, for a worker never goes back.
    """

    ask: Ask
    before: Answer
    plain: Answer
    after: Answer

    def find_faults(self, history: History) -> list[str]:
        """Return what is wrong with the three answers."""
        first, last = self.before.table, self.after.table
        faults = [find_fault(self.ask, each, history.catalogue_at) for each in (self.before, self.after)]
        tables_between = history.tables_between(self.ask.item, first, last)
        kept = [
            find_fault(self.ask, self.plain.at_table(each), history.catalogue_at) for each in tables_between
        ]
        if None not in kept:
            faults.append(kept[-1])
        if last < first:
            faults.append(f"worker {self.after.worker} went back")
        told = f"table {first} to {last}, GET {self.ask.target} ({self.ask.kind})"
        return [f"{told}: {fault}" for fault in faults if fault is not None]


def _ask_all(asks: Sequence[Ask], connections: Sequence[Connection], found: Endurance) -> list[Sample]:
    answers = []
    for number, ask in enumerate(asks):
        connection = connections[number % len(connections)]
        plain, told = ask.headers, [*ask.headers, DEBUG]
        try:
            answers.append(Sample(ask, *(connection.get(ask.target, each) for each in (told, plain, told))))
        except (OSError, HTTPException) as error:
            found.faults.append(f"GET {ask.target}: no answer ({type(error).__name__})")
            connection.close()
    return answers


async def _watch_memory(server: Server, found: Endurance, ends_at: float) -> None:
    step = max(0.5, found.seconds / 20)
    while time.monotonic() < ends_at - step / 2:
        await asyncio.sleep(step)
        found.memory.append(_read_workers(server))


def _read_workers(server: Server) -> dict[int, int]:
    return {pid: read_memory(pid).anonymous for pid in server.workers}


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.endure", description=__doc__)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="how long")
    parser.add_argument("--edits", type=int, default=EDITS_A_SECOND, help="rule edits a second")
    parser.add_argument("--size", type=int, default=SIZE, help="number of GTINs")
    parser.add_argument("--warm", type=int, default=4, help="rounds at full speed before, 4 s each")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where bases and results are kept")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
