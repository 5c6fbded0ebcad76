"""How long the edge takes for requests of the mix, in process, at each size of the catalogue."""

from itertools import cycle, islice

from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.conftest import Opened, time_each
from benchmarks.test_hot_path import to_call
from loadtests.check import Answer, check_answers
from loadtests.mix import ROOT, Ask, Mix
from tests.resolver.edge_client import EdgeClient

ASKS = 20_000
CHECKED = 300
SEED = 11


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
