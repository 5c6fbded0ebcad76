"""How long the edge takes for requests of the mix, in process, at each size of the catalogue."""

import gc
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle, islice

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.conftest import Opened, time_each
from benchmarks.test_hot_path import to_call
from loadtests.check import Answer, check_answers
from loadtests.mix import ROOT, Ask, Kind, Mix
from resolver.garbage import settle_collector
from tests.resolver.edge_client import EdgeClient

ASKS = 20_000
CHECKED = 300
SEED = 11
# As many as fill the caches at a million products, and then others, of which none is asked twice.
WARMING = 300_000
FRESH = 50_000


def headers_of(ask: Ask) -> dict[str, str]:
    return {name.lower().replace("-", "_"): value for name, value in ask.headers}


def answer(client: EdgeClient, ask: Ask) -> Answer:
    reply = client.request("GET", ask.target, client="127.0.0.1", **headers_of(ask))
    number = client.holder.number
    return Answer(reply.status, reply.headers, reply.body, client.now, client.now).at_table(number)


def test_answer_of_the_mix(base: Opened, benchmark: BenchmarkFixture) -> None:
    client = EdgeClient(None, base_url=ROOT)
    client.holder.replace(base.to_table())
    asks = list(islice(Mix(base.size, SEED).asks(), ASKS))
    # Twice, so that what is kept is looked at as well.
    for _ in range(2):
        check_answers((ask, answer(client, ask)) for ask in asks[:CHECKED])
    calls = cycle([to_call(client, ask.target, headers_of(ask)) for ask in asks])

    def answer_next() -> None:
        next(calls)()

    time_each(benchmark, answer_next, ASKS)


@pytest.fixture(scope="module")
def calls_by_kind(base: Opened) -> Iterator[Mapping[Kind, Sequence[Callable[[], None]]]]:
    """Give requests to an edge that has answered many, by kind, and treats garbage as one that serves."""
    client = EdgeClient(None, base_url=ROOT)
    client.holder.replace(base.to_table())
    asks = Mix(base.size, SEED + 1).asks()
    for ask in islice(asks, min(WARMING, 100 * base.size)):
        to_call(client, ask.target, headers_of(ask))()
    calls: dict[Kind, list[Callable[[], None]]] = defaultdict(list)
    for ask in islice(asks, FRESH):
        calls[ask.kind].append(to_call(client, ask.target, headers_of(ask)))
    thresholds = gc.get_threshold()
    settle_collector()
    yield calls
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@pytest.mark.parametrize("kind", Kind)
def test_answer_of_a_kind(
    calls_by_kind: Mapping[Kind, Sequence[Callable[[], None]]], benchmark: BenchmarkFixture, kind: Kind
) -> None:
    calls = iter(calls_by_kind[kind])

    def answer_next() -> None:
        next(calls)()

    # Once, for an answer to what was asked before would be kept; one call more is made for its result.
    benchmark.pedantic(answer_next, iterations=len(calls_by_kind[kind]) - 1)
