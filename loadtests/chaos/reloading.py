"""New code and new settings under load, and a stop under load: no request is dropped."""

import signal

from loadtests.asking import Connection
from loadtests.chaos.processes import kill, wait_until
from loadtests.chaos.shoppers import shopping
from loadtests.chaos.stage import Stage
from loadtests.chaos.trial import Cast, Outcome, Scale, Trial, rest

_ROOTS = ("https://one.example", "https://two.example")


def _reload(cast: Cast, scale: Scale) -> Outcome:
    """Change a setting and reload, again and again."""
    stage, times = cast.stage, max(1, scale.kills // 10)
    outcome = Outcome(times=f"{times} reloads")
    before = cast.edited.edits
    with shopping(stage.port, cast.all_links) as seen:
        for number in range(times):
            root = _ROOTS[number % 2]
            stage.settings.write_text(f"SIGNPOST_BASE_URL={root}\n")
            stage.reload()
            if root not in _read_link(stage, cast.links[0].path):
                outcome.lost.append(f"the setting {root} is not in force")
            rest(min(1.0, scale.seconds))
        stage.settings.write_text("")
        stage.reload()
        outcome.lost += cast.recover()
    outcome.add(seen)
    outcome.edits = cast.edited.edits - before
    outcome.remark = f"{seen.retried} kept connections closed between two requests"
    return outcome


def _read_link(stage: Stage, path: str) -> str:
    connection = Connection(stage.port)
    try:
        return connection.get(path, [("Host", "localhost")]).headers["link"]
    finally:
        connection.close()


def _stop(cast: Cast, scale: Scale) -> Outcome:
    """Stop the edge as an orchestrator does: a balancer sends nobody any more once `/readyz` says so."""
    stage, outcome = cast.stage, Outcome(times="1 stop")
    edge = wait_until(lambda: stage.process("edge"), "the edge")
    with shopping(stage.port, cast.all_links) as seen:
        rest(scale.seconds)
        kill([edge], signal.SIGTERM)
        wait_until(lambda: stage.find_status("/readyz") == 503, "an edge that is no longer ready")
        asked = seen.asked
        wait_until(lambda: seen.asked > asked, "answers of an edge that is no longer ready")
    outcome.add(seen)
    wait_until(lambda: stage.process("edge") not in {edge, None}, "the next edge")
    wait_until(lambda: stage.find_status("/readyz") == 200, "a table")
    outcome.lost += cast.recover()
    return outcome


TRIALS = (
    Trial("reload", "New settings and code (SIGHUP)", _reload),
    Trial("stop", "The edge stopped (SIGTERM) behind a balancer that asks `/readyz`", _stop),
)
