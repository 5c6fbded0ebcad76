"""`make freshness`: how long it takes from the commit of an edit until every worker serves it.

A real database, bus and publisher, and an edge with four workers that is asked half of what it can
answer meanwhile. Each worker is asked again and again on a connection of its own.
"""

import argparse
import asyncio
import json
import random
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Any

from redis.asyncio import Redis

from loadtests import figures, tables
from loadtests.asking import DEBUG, Connection
from loadtests.base import FOLDER, prepare_base, write_whole
from loadtests.compare import stop
from loadtests.data import catalogue_at, gtin_of
from loadtests.drive import drive, write_rounds
from loadtests.editing import Edit, Editor, editable_places, find_editable
from loadtests.installation import Installation, connect_to_each, installed
from loadtests.mix import HOST
from loadtests.programs import H2LOAD, WRK, ProgramMissingError, get_program
from loadtests.servers import Server
from loadtests.steady import asking_steadily, percentile
from product_platform.digital_link import Publisher
from product_platform.kit.db import Database, connect
from product_platform.products import Products
from rules_compiler.model import Query
from rules_compiler.reference import answer

SIZES = (1_000, 1_000_000)
RESULT = "freshness.json"
EDITS = 200
_PUBLICATIONS = 60
_LEAST_PAUSE_S, _MOST_PAUSE_S = 0.01, 0.05
_SEEN_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """What one size has shown; `publish_ms` is one edit's publication, alone on the machine."""

    at: str
    size: int
    edits: int
    rate: float
    p50_ms: float
    p99_ms: float
    worst_ms: float
    publish_ms: float


class StaleError(Exception):
    """A worker goes on serving what was changed long ago."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each size, print the figures and keep them for `make compare`."""
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, stop)
    try:
        for program in (WRK, H2LOAD):
            get_program(program)
        runs = [measure(size, options.edits, options.folder) for size in sorted(options.sizes)]
    except (ProgramMissingError, StaleError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    found = remember([asdict(run) for run in runs], options.folder / RESULT)
    print(render(runs))
    rows = [(each.name, each.what, each.target, each.found, each.verdict) for each in figures.edits(found)]
    print("\n" + tables.render(("", "what", "target", "found", ""), rows))
    return 0


def remember(runs: Sequence[dict[str, Any]], path: Path) -> list[dict[str, Any]]:
    """Keep *runs* in the file at *path*, and what earlier ones found of other sizes; return all."""
    sizes = {run["size"] for run in runs}
    earlier = json.loads(path.read_bytes()) if path.exists() else []
    found = sorted([*runs, *(run for run in earlier if run["size"] not in sizes)], key=itemgetter("size"))
    write_whole(path, json.dumps(found, indent=2).encode())
    return found


def render(runs: Sequence[Freshness]) -> str:
    """Return the table of the figures."""
    headings = ("GTINs", "edits", "load", "p50", "p99", "worst", "publication alone")
    rows = [
        (
            f"{run.size:,}",
            f"{run.edits}",
            f"{run.rate:,.0f}/s",
            *(f"{each:.1f} ms" for each in (run.p50_ms, run.p99_ms, run.worst_ms, run.publish_ms)),
        )
        for run in runs
    ]
    return tables.render(headings, rows, right=frozenset(range(len(headings))))


def measure(size: int, edits: int, root: Path) -> Freshness:
    """Measure one size in an installation of its own."""
    base = prepare_base(size, root)
    requests = write_rounds(size, 1, root=root)[0]
    with installed(base, root) as installation:
        publish_ms = asyncio.run(_time_publications(installation))
        with installation.serving() as server:
            rate = drive(server, requests, 2).rate / 2
            with asking_steadily(server, size, rate, 60 + edits):
                seen = asyncio.run(_time_edits(installation, server, edits))
    ordered = sorted(each * 1000 for each in seen)
    return Freshness(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        size=size,
        edits=edits,
        rate=rate,
        p50_ms=percentile(ordered, 50),
        p99_ms=percentile(ordered, 99),
        worst_ms=ordered[-1],
        publish_ms=publish_ms,
    )


async def _time_publications(installation: Installation) -> float:
    """Return how many milliseconds it takes to publish one edit, while nothing else runs."""
    database = await Database.open(installation.database_url, max_connections=2)
    connection = await connect(installation.database_url)
    taken = []
    try:
        editor = await Editor.open(database, installation.base.size)
        async with Redis.from_url(installation.redis_url) as bus:
            publisher = Publisher(connection, bus, load_facts=Products.facts, min_claim_tier="prefix_matched")
            for _ in range(_PUBLICATIONS):
                await editor.edit()
                began = time.perf_counter()
                await publisher.publish_once()
                taken.append(time.perf_counter() - began)
    finally:
        await connection.close()
        await database.close()
    return median(taken) * 1000


async def _time_edits(installation: Installation, server: Server, edits: int) -> list[float]:
    """Return for each edit after how many seconds the last worker served it."""
    database = await Database.open(installation.database_url, max_connections=2)
    workers = connect_to_each(server)
    chance = random.Random(0)
    places = visible_places(installation.base.size)
    seen = []
    try:
        editor = await Editor.open(database, installation.base.size)
        for _ in range(edits):
            edit = await editor.edit(chance.choice(places))
            seen.append(_wait_for_each(workers, edit))
            await asyncio.sleep(chance.uniform(_LEAST_PAUSE_S, _MOST_PAUSE_S))
    finally:
        for connection in workers.values():
            connection.close()
        await database.close()
    return seen


def visible_places(size: int) -> list[int]:
    """Return the products whose edited rule answers who asks for nothing in particular."""
    return [index for index in editable_places(size) if _is_visible(index)]


def _is_visible(index: int) -> bool:
    catalogue = catalogue_at(index)
    rule = find_editable(catalogue)
    query = Query(ais=(("01", gtin_of(index)),), at=time.time())
    return rule is not None and answer(catalogue, query).rule_id == rule.id


def _wait_for_each(workers: dict[int, Connection], edit: Edit) -> float:
    """Ask the workers in turn until each has served *edit*, and return how long after now that was."""
    began = time.perf_counter()
    path = f"/01/{gtin_of(edit.index)}"
    stale = set(workers)
    while stale:
        for worker in tuple(stale):
            if workers[worker].get(path, [("Host", HOST), DEBUG]).headers.get("location") == edit.target:
                stale.remove(worker)
        if time.perf_counter() - began > _SEEN_WITHIN_S:
            raise StaleError(f"{path}: not within {_SEEN_WITHIN_S:.0f} s at {edit.target} by workers {stale}")
    return time.perf_counter() - began


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.freshness", description=__doc__)
    parser.add_argument("--sizes", type=lambda text: tuple(map(int, text.split(","))), default=SIZES)
    parser.add_argument("--edits", type=int, default=EDITS, help="edits to measure for each size")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where bases and results are kept")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
