"""Scans are counted: what was answered is held against what is stored in the end."""

import asyncio
import random
import time
from bisect import bisect
from functools import partial

from loadtests.chaos import harms
from loadtests.chaos.harms import Harm
from loadtests.chaos.processes import kill, wait_until
from loadtests.chaos.shoppers import Seen, shopping
from loadtests.chaos.stage import Stage
from loadtests.chaos.trial import Cast, Outcome, Scale, Trial, rest
from resolver.scans import FLUSH_SECONDS, ScanReporter, Subject
from resolver.spool import Spool
from rules_compiler.scan import STREAM

_PORTION = 20_000
_DAY_S = 86_400.0
_ARRIVAL_S = 900.0
_PHONE = b"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/131.0 Mobile"
# A flush may come late on a busy machine; what counts is that no more than the last one is lost.
_LATE_S = 1.0


def _read_counted(stage: Stage) -> int:
    """Return how many scans are stored once none is on its way."""
    wait_until(lambda: _is_nothing_on_its_way(stage), "the end of all scans", deadline_s=_ARRIVAL_S)
    (stored,) = stage.ask_database("SELECT count(*) AS scans FROM scan_events WHERE gtin IS NOT NULL")
    (counted,) = stage.ask_database("SELECT coalesce(sum(scans), 0)::bigint AS scans FROM scan_counts")
    if stored["scans"] != counted["scans"]:
        raise AssertionError(f"{stored['scans']} scans are stored, and {counted['scans']} are counted")
    scans: int = stored["scans"]
    return scans


def _is_nothing_on_its_way(stage: Stage) -> bool:
    for _ in range(2):
        if stage.spool or stage.tell_bus("XLEN", STREAM):
            return False
        # What workers have in memory comes within this time.
        rest(3 * FLUSH_SECONDS)
    return True


def _compare(outcome: Outcome, seen: Seen, counted: int, *, may_lack: int = 0) -> None:
    """Note in *outcome* what *counted* lacks; a request that was sent again may count twice."""
    outcome.asked, outcome.scans = seen.asked, seen.scans
    outcome.lost += [*seen.wrong, *(each for each in seen.failed if each.startswith("status"))]
    lacking = seen.scans - counted
    if lacking > may_lack or -lacking > seen.retried + seen.failed.total():
        outcome.lost.append(f"{seen.scans} scans were answered, {counted} are counted")
    if lacking > 0:
        outcome.remark = f"{lacking} scans lost; {may_lack} came in the last second before"


def _count_all(cast: Cast, scale: Scale, *, harm: Harm) -> Outcome:
    """Count while there is harm; nothing may be lost."""
    outcome = Outcome(times=f"{scale.seconds:g} s")
    before = _read_counted(cast.stage)
    with shopping(cast.stage.port, cast.links) as seen:
        rest(scale.seconds / 2)
        with harm(cast.stage):
            rest(scale.seconds)
        rest(scale.seconds / 2)
    _compare(outcome, seen, _read_counted(cast.stage) - before)
    outcome.lost += cast.recover()
    return outcome


def _kill_workers(cast: Cast, scale: Scale) -> Outcome:
    """Kill edge workers; of each the scans of its last flush interval may be lost."""
    kills = max(2, scale.kills // 10)
    outcome = Outcome(times=f"{kills} kills")
    before, killed_at = _read_counted(cast.stage), []
    with shopping(cast.stage.port, cast.links) as seen:
        for number in range(kills):
            rest(0.5)
            # Twice the same within six seconds, and its parent gives up: another row.
            victim = cast.stage.edge_workers()[number % 2]
            killed_at.append(time.monotonic())
            kill([victim])
            wait_until(lambda victim=victim: _is_replaced(cast.stage, victim), "the next worker")  # type: ignore[misc]
            rest(3.0 if number % 2 else 0.5)
    times = sorted(seen.scanned_at)
    most = sum(bisect(times, at) - bisect(times, at - _LATE_S) for at in killed_at)
    _compare(outcome, seen, _read_counted(cast.stage) - before, may_lack=most)
    outcome.lost += cast.recover()
    return outcome


def _is_replaced(stage: Stage, victim: int) -> bool:
    workers = stage.edge_workers()
    return len(workers) == 2 and victim not in workers


def _spool_a_day(cast: Cast, scale: Scale) -> Outcome:
    """Hold back as many scans as a busy host has in a day while the bus is away; then all are counted."""
    outcome = Outcome(times=f"{scale.scans:,} scans")
    before = _read_counted(cast.stage)
    reporter = ScanReporter(None, spool := Spool(cast.stage.data_dir / "scans"))
    with shopping(cast.stage.port, cast.links) as seen, harms.valkey_killed(cast.stage):
        asyncio.run(_spool(reporter, cast, scale))
        outcome.remark = f"{spool.size_bytes / 1e6:.0f} MB on disk"
        spool.close()
    if reporter.dropped:
        outcome.lost.append(f"{reporter.dropped} scans found no room")
    remark = outcome.remark
    seen.scans += scale.scans
    _compare(outcome, seen, _read_counted(cast.stage) - before)
    outcome.remark = outcome.remark or remark
    outcome.lost += cast.recover()
    return outcome


async def _spool(reporter: ScanReporter, cast: Cast, scale: Scale) -> None:
    chance, link = random.Random(scale.seed), cast.links[0]
    subject = Subject(cast.brand.organization_id, None, link.rule_id, "redirect")
    key, now = link.path[1:].encode(), time.time()
    for start in range(0, scale.scans, _PORTION):
        for _ in range(min(_PORTION, scale.scans - start)):
            reporter.record((now - chance.random() * _DAY_S, key, subject, _PHONE, None))
        await reporter.flush()


def _trial(name: str, what: str, harm: Harm) -> Trial:
    return Trial(name, what, partial(_count_all, harm=harm))


TRIALS = (
    _trial("scans-stop", "The edge stopped (SIGTERM) and started again: scans", harms.edge_stopped),
    _trial("scans-valkey", "Valkey killed, and started again: scans", harms.valkey_killed),
    _trial("scans-postgres", "PostgreSQL killed, and started again: scans", harms.postgres_killed),
    _trial(
        "scans-counter",
        "`signpost scans` killed: scans",
        partial(harms.part_killed, name="scans"),
    ),
    Trial("scans-kill", "Edge workers killed: scans", _kill_workers),
    Trial("scans-day", "Valkey away for a day: as many scans", _spool_a_day),
)
