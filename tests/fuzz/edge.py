"""Send hostile requests to the callable itself, and watch answers, time, and who is answered afterwards."""

import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.fuzz.grammar import PATHS, Hostile, Mutator
from tests.fuzz.oracle import find_fault
from tests.fuzz.world import PROXY, Target, make_targets

MAX_CPU_S = 0.050
_TRIES = 5
_CLIENTS = (PROXY, "198.51.100.9", "2001:db8::7", "no address")
_PROBES = tuple(
    Hostile(b"GET", path, b"", ((b"host", b"id.example.org"), (b"accept", accept)))
    for path in PATHS[:11]
    for accept in (b"text/html", b"application/json", b"application/linkset+json")
)
_PROBE_EVERY = 10_000
_COUNT_SCANS_EVERY = 1_000


class FaultError(AssertionError):
    """An answer, or the time that it took, is not what was promised."""


def ask(target: Target, request: Hostile, client: str = PROXY) -> list[dict[str, Any]]:
    """Return what the edge sends; it must wait for nothing but sending."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": request.method.decode("latin-1"),
        "raw_path": request.path,
        "query_string": request.query,
        "client": (client, 50_000),
        "headers": list(request.headers),
    }
    running = target.edge(scope, _receive_nothing, send)
    try:
        running.send(None)
    except StopIteration:
        return sent
    raise FaultError(f"the answer to {request} waits for something")


async def _receive_nothing() -> Any:
    raise FaultError("the edge reads a body")


class EdgeFuzz:
    """A run over *inputs* requests from *seed*; what it saw is in `seen` and `slowest_s`."""

    def __init__(self, seed: int) -> None:
        self._mutator = Mutator(seed)
        self._targets = make_targets()
        self._truth = [self._probe(target) for target in self._targets]
        self._lines = NewLines()
        self.seen: Counter[str] = Counter()
        self.slowest_s = 0.0
        self.outliers = 0

    def run(self, inputs: int, progress: Callable[[int], None] = lambda _: None) -> None:
        """Send *inputs* requests; raises FaultError at the first that is answered wrongly or too slowly."""
        with self._lines:
            for number in range(1, inputs + 1):
                place = number % len(self._targets)
                self._try(self._targets[place], self._mutator.make(), _CLIENTS[number % len(_CLIENTS)])
                if number % _COUNT_SCANS_EVERY == 0:
                    self._targets[place].count_scans()
                    progress(number)
                if number % _PROBE_EVERY == 0:
                    self._probe_all()
        self._probe_all()

    def _try(self, target: Target, request: Hostile, client: str) -> None:
        began = time.thread_time()
        sent = ask(target, request, client)
        took_s = time.thread_time() - began
        if fault := find_fault(request.method.decode("latin-1"), sent):
            raise FaultError(f"{request}: {fault}")
        if target.edge.failures:
            raise FaultError(f"{request}: an exception")
        if took_s > MAX_CPU_S:
            took_s = self._try_again(request, client)
        self.slowest_s = max(self.slowest_s, took_s)
        sign = _sign(sent)
        if not self.seen[sign] or self._lines.found:
            self._mutator.keep(request)
            self._lines.found = False
        self.seen[sign] += 1

    def _try_again(self, request: Hostile, client: str) -> float:
        """Return the least time on edges that know nothing yet, of which only a real outlier takes long."""
        self.outliers += 1
        times = []
        for _ in range(_TRIES):
            for target in make_targets():
                began = time.thread_time()
                ask(target, request, client)
                times.append(time.thread_time() - began)
        slowest_s = min(times)
        if slowest_s > MAX_CPU_S:
            raise FaultError(f"{request} takes {slowest_s * 1000:.0f} ms")
        return slowest_s

    def _probe_all(self) -> None:
        for target, truth in zip(self._targets, self._truth, strict=True):
            if self._probe(target) != truth:
                raise FaultError("after hostile requests an honest one is answered differently")

    @staticmethod
    def _probe(target: Target) -> list[Any]:
        """Return the answers to honest requests, each of them asked twice."""
        return [ask(target, probe) for probe in _PROBES for _ in range(2)]


def _sign(sent: list[dict[str, Any]]) -> str:
    """Return what kind of answer it is: its status, its type, and the code of a refusal."""
    status, fields, body = sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]
    media_type = fields.get(b"content-type", b"").partition(b";")[0].decode()
    at = body.find(b'"code":"')
    code = body[at + 8 : body.find(b'"', at + 8)].decode() if at >= 0 and status >= 400 else ""
    return " ".join(filter(None, (str(status), media_type, code)))


class NewLines:
    """Tells in `found` that a line of ours has run for the first time, where Python can tell it cheaply."""

    _TOOL = 4
    _OURS = ("/resolver/", "/rules_compiler/")

    def __init__(self) -> None:
        self.found = False
        self._monitoring = getattr(sys, "monitoring", None)  # from Python 3.12

    def __enter__(self) -> None:
        if self._monitoring is not None:
            self._monitoring.use_tool_id(self._TOOL, "fuzz")
            self._monitoring.register_callback(self._TOOL, self._monitoring.events.LINE, self._on_line)
            self._monitoring.set_events(self._TOOL, self._monitoring.events.LINE)

    def __exit__(self, *_: object) -> None:
        if self._monitoring is not None:
            self._monitoring.set_events(self._TOOL, 0)
            self._monitoring.free_tool_id(self._TOOL)

    def _on_line(self, code: Any, _line: int) -> Any:
        if any(part in code.co_filename for part in self._OURS):
            self.found = True
        return self._monitoring.DISABLE
