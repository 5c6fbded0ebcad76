"""Servers, clock, disk and files fail: resolution goes on from the last good table, and all recovers."""

import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from loadtests.chaos import harms
from loadtests.chaos.brand import Link
from loadtests.chaos.harms import Harm
from loadtests.chaos.processes import kill, wait_until
from loadtests.chaos.shoppers import shopping
from loadtests.chaos.trial import Cast, Outcome, Scale, Trial, numbers_at_each_worker, rest
from resolver.damage import A_FILE
from resolver.table_store import Files, number_of

_SLOW_S = 0.1


def _in_words(scale: Scale) -> str:
    return f"{scale.seconds:g} s"


def _go_on(cast: Cast, scale: Scale, *, harm: Harm) -> Outcome:
    """Let shoppers ask and a brand edit while there is harm, until all is well again."""
    outcome = Outcome(times=_in_words(scale))
    before = cast.edited.edits
    with shopping(cast.stage.port, cast.all_links) as seen:
        with cast.editing(), harm(cast.stage):
            rest(scale.seconds)
        outcome.lost += cast.recover()
    outcome.add(seen)
    outcome.edits = cast.edited.edits - before
    return outcome


def _start_again(cast: Cast, scale: Scale, *, harm: Harm) -> Outcome:
    """Kill the edge in the midst of the harm; the next one serves from disk."""
    outcome = Outcome(times=f"1 restart, {_in_words(scale)}")
    with harm(cast.stage):
        began = time.monotonic()
        cast.stage.restart_edge()
        outcome.remark = f"ready after {time.monotonic() - began:.1f} s"
        with shopping(cast.stage.port, cast.all_links) as seen:
            rest(scale.seconds)
    outcome.add(seen)
    outcome.lost += cast.recover()
    return outcome


def _flip_record(cast: Cast, link: Link) -> None:
    """Turn a bit around in what the base says of *link*."""
    files = cast.stage.store.read_files()
    assert files is not None
    path = cast.stage.store.folder / files.base
    content = path.read_bytes()
    # The key stands before the slice.
    place = content.index(link.path[1:].encode()) + len(link.path) + 3
    with path.open("r+b") as file:
        file.seek(place)
        file.write(bytes([content[place] ^ 1]))


def _renew_base(cast: Cast) -> Path:
    """Have everything in the base, and return its path; a small catalogue lies in the journal otherwise."""
    store = cast.stage.store
    before = wait_until(store.read_files, "a list of files")
    (store.folder / before.base).unlink()
    store.damages.tell(A_FILE)

    def find_next() -> Files | None:
        files = store.read_files()
        return files if files is not None and files.epoch != before.epoch else None

    return store.folder / wait_until(find_next, "another base").base


def _damage_record(cast: Cast, scale: Scale) -> Outcome:
    """Damage what the base says of one link, and start the edge again, so that it has to be read."""
    outcome = Outcome(times=f"1 bit, 1 restart, {_in_words(scale)}")
    _renew_base(cast)
    _flip_record(cast, cast.links[0])
    cast.stage.restart_edge()
    with shopping(cast.stage.port, cast.all_links) as seen:
        rest(scale.seconds)
        outcome.lost += cast.recover()
    outcome.add(seen)
    return outcome


def _damage_record_alone(cast: Cast, scale: Scale) -> Outcome:
    """Do the same without a database: all others are served, and that one again when there is one."""
    outcome = Outcome(times=f"1 bit, 1 restart, {_in_words(scale)}")
    _renew_base(cast)
    _flip_record(cast, cast.links[0])
    with harms.postgres_gate(cast.stage, "cut"):
        cast.stage.restart_edge()
        with shopping(cast.stage.port, cast.all_links[1:]) as seen:
            rest(scale.seconds)
        status = cast.stage.find_status(cast.links[0].path)
        outcome.remark = f"the damaged link answers {status} meanwhile"
        outcome.lost += [] if status == 503 else [f"the damaged link answers {status}"]
    outcome.add(seen)
    wait_until(lambda: cast.stage.find_status(cast.links[0].path) == 307, "the damaged link, mended")
    outcome.lost += cast.recover()
    return outcome


def _truncate_base(cast: Cast, scale: Scale) -> Outcome:
    """Cut the base in half, and start the edge again; it is ready when it has fetched another."""
    outcome = Outcome(times=f"1 file, 1 restart, {_in_words(scale)}")
    base = _renew_base(cast)
    base.write_bytes(base.read_bytes()[: base.stat().st_size // 2])
    cast.stage.restart_edge()
    with shopping(cast.stage.port, cast.all_links) as seen:
        rest(scale.seconds)
        outcome.lost += cast.recover()
    outcome.add(seen)
    return outcome


def _offer_base(cast: Cast) -> None:
    """Have a base built and taken by the host."""
    command = [sys.executable, "-m", "admin_api", "base", "--now", "--data-dir", str(cast.stage.data_dir)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=cast.stage.environment)
    store, (row,) = cast.stage.store, cast.stage.ask_database("SELECT max(seq) AS seq FROM bases")
    keeper = cast.stage.process("keeper")
    kill([keeper] if keeper else [])  # the next one looks at once
    wait_until(
        lambda: (files := store.read_files()) and number_of(files.base) == row["seq"], "the base on the host"
    )


def _truncate_newest_base_alone(cast: Cast, scale: Scale) -> Outcome:
    """Cut the newest base in half without a database: the one before it serves."""
    outcome = Outcome(times=f"1 file, 1 restart, {_in_words(scale)}")
    for _ in range(2):
        cast.brand.edit_until_acknowledged(cast.edited)
        _offer_base(cast)
    files = cast.stage.store.read_files()
    assert files is not None
    base = cast.stage.store.folder / files.base
    with harms.postgres_gate(cast.stage, "cut"):
        base.write_bytes(base.read_bytes()[: base.stat().st_size // 2])
        cast.stage.restart_edge()
        with shopping(cast.stage.port, cast.links) as seen:
            rest(scale.seconds)
        shown = {number for number in numbers_at_each_worker(cast.stage, cast.edited).values() if number}
        outcome.remark = f"{cast.edited.acknowledged - max(shown)} edit behind meanwhile"
    outcome.add(seen)
    outcome.lost += cast.recover()
    return outcome


def _set_back(cast: Cast, _scale: Scale) -> Outcome:
    """Restore an older backup, and publish past the number that the edges have."""
    outcome = Outcome(times="1 restore, 5 edits")
    first, second = cast.links[:2]
    kept = [(link, link.acknowledged) for link in (first, second)]
    with shopping(cast.stage.port, cast.links[2:]) as seen:
        with harms.restored(cast.stage):
            for _ in range(3):
                cast.brand.edit_until_acknowledged(first)
                cast.brand.edit_until_acknowledged(second)
            cast.recover()
        for link, number in kept:
            link.acknowledged = number
        # More than were published since the backup, as fast as can be.
        for _ in range(5):
            cast.brand.edit_until_acknowledged(second)
            cast.brand.edit_until_acknowledged(cast.edited)
        wait_until(
            lambda: set(numbers_at_each_worker(cast.stage, first).values()) == {first.acknowledged},
            "what was published after the backup, gone",
        )
        first.tried = first.acknowledged
        outcome.lost += cast.recover()
    outcome.add(seen)
    outcome.edits = 5
    return outcome


_BOTH_KILLED = partial(harms.both, harms=(harms.postgres_killed, harms.valkey_killed))
_BOTH_FROZEN = partial(harms.both, harms=(harms.postgres_frozen, harms.valkey_frozen))
_BOTH_CUT = partial(
    harms.both,
    harms=(partial(harms.postgres_gate, change="cut"), partial(harms.bus_gate, change="cut")),
)


def _trial(name: str, what: str, harm: Harm) -> Trial:
    return Trial(name, what, partial(_go_on, harm=harm))


TRIALS = (
    _trial("postgres-killed", "PostgreSQL killed, and started again", harms.postgres_killed),
    _trial("postgres-frozen", "PostgreSQL stopped (SIGSTOP)", harms.postgres_frozen),
    _trial(
        "postgres-unreachable",
        "PostgreSQL unreachable: every packet is swallowed",
        partial(harms.postgres_gate, change="swallow"),
    ),
    _trial(
        "postgres-slow",
        "PostgreSQL slow: 0.1 s on each packet",
        partial(harms.postgres_gate, change="slow", delay_s=_SLOW_S),
    ),
    _trial("postgres-full", "The disk of PostgreSQL full", harms.postgres_full),
    _trial("postgres-empty", "PostgreSQL replaced by an empty one, and put back", harms.postgres_empty),
    _trial("valkey-killed", "Valkey killed, and started again", harms.valkey_killed),
    _trial("valkey-frozen", "Valkey stopped (SIGSTOP)", harms.valkey_frozen),
    _trial(
        "valkey-unreachable",
        "Valkey unreachable: every packet is swallowed",
        partial(harms.bus_gate, change="swallow"),
    ),
    _trial(
        "valkey-slow",
        "Valkey slow: 0.1 s on each packet",
        partial(harms.bus_gate, change="slow", delay_s=_SLOW_S),
    ),
    _trial("valkey-full", "Valkey without memory for anything", harms.valkey_full),
    _trial(
        "valkey-empty", "Valkey killed, and started again empty", partial(harms.valkey_killed, is_empty=True)
    ),
    _trial("both-killed", "PostgreSQL and Valkey killed, and started again", _BOTH_KILLED),
    _trial("clock-stepped", "The clock a day ahead, then an hour behind", harms.clock_stepped),
    _trial("edge-disk-full", "The disk of the edge host full", harms.disk_full),
    _trial("api-killed", "`signpost api` killed", partial(harms.part_killed, name="api")),
    _trial(
        "worker-killed", "`signpost worker`, the publisher, killed", partial(harms.part_killed, name="worker")
    ),
    _trial("keeper-killed", "`signpost keeper` killed", partial(harms.part_killed, name="keeper")),
    Trial(
        "restart-killed",
        "The edge started again while PostgreSQL and Valkey are killed",
        partial(_start_again, harm=_BOTH_KILLED),
    ),
    Trial(
        "restart-frozen",
        "The edge started again while both are stopped (SIGSTOP)",
        partial(_start_again, harm=_BOTH_FROZEN),
    ),
    Trial("restart-cut", "The edge started again while both refuse", partial(_start_again, harm=_BOTH_CUT)),
    Trial(
        "restart-empty",
        "The edge started again before an empty PostgreSQL",
        partial(_start_again, harm=harms.postgres_empty),
    ),
    Trial("record-damaged", "A record of the base damaged", _damage_record),
    Trial("record-damaged-alone", "A record of the base damaged, without PostgreSQL", _damage_record_alone),
    Trial("base-truncated", "The base cut in half", _truncate_base),
    Trial(
        "base-truncated-alone",
        "The newest base cut in half, without PostgreSQL",
        _truncate_newest_base_alone,
    ),
    Trial("database-restored", "An older backup restored, and published past", _set_back),
)
