"""New code and new settings under load, and a stop under load: no request is dropped."""

from loadtests.asking import Connection
from loadtests.chaos import harms
from loadtests.chaos.shoppers import shopping
from loadtests.chaos.stage import Stage
from loadtests.chaos.trial import Cast, Outcome, Scale, Trial, rest

_ROOTS = ("https://one.example", "https://two.example")
_GONE = "ConnectionRefusedError"


def _reload(cast: Cast, scale: Scale) -> Outcome:
    """Change a setting and reload, again and again."""
    stage, times = cast.stage, max(2, scale.kills // 10)
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
    """Stop the edge; whoever has a connection is answered, and who comes later is refused at once."""
    outcome = Outcome(times="1 stop")
    with shopping(cast.stage.port, cast.all_links) as seen:
        rest(scale.seconds)
        with harms.edge_stopped(cast.stage):
            rest(scale.seconds)
        outcome.lost += cast.recover()
    refused = seen.failed.pop(_GONE, 0)
    outcome.add(seen)
    outcome.remark = f"{refused} came while nobody listened, and were refused"
    return outcome


TRIALS = (
    Trial("reload", "New settings and code (SIGHUP)", _reload),
    Trial("stop", "The edge stopped (SIGTERM), and started again", _stop),
)
