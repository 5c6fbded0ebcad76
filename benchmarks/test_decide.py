"""How long a decision takes: putting together who answers, judging a query, and listing all links."""

from itertools import cycle, islice

from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.conftest import Opened, time_each
from loadtests.check import NETWORK, ais_of, to_query
from loadtests.data import catalogue_at
from loadtests.mix import ROOT, Ask, Kind, Mix
from resolver.linkset import build_linkset
from rules_compiler.compose import compose
from rules_compiler.decide import decide, judge
from rules_compiler.reference import answer
from rules_compiler.reference.linkset import linkset
from tests.factories import NOON

ASKS = 2_000


def asks(size: int, *kinds: Kind) -> list[Ask]:
    return list(islice((ask for ask in Mix(size, 5).asks() if ask.kind in kinds), ASKS))


def test_compose(base: Opened, benchmark: BenchmarkFixture) -> None:
    table = base.to_table()
    places = cycle([ais_of(ask) for ask in asks(base.size, Kind.GTIN, Kind.KNOWN_LEVEL)])
    assert compose(table, next(places), NOON)
    time_each(benchmark, lambda: compose(table, next(places), NOON), ASKS)


def test_judge(base: Opened, benchmark: BenchmarkFixture) -> None:
    table, questions = base.to_table(), []
    for ask in asks(base.size, Kind.GTIN, Kind.KNOWN_LEVEL, Kind.LINK_TYPE):
        query = to_query(ask, NOON)
        composition = compose(table, query.ais, NOON)
        assert composition is not None
        questions.append((composition, query))
        if len(questions) % 10 == 0 and ask.item is not None:
            assert decide(table, query) == answer(catalogue_at(ask.item), query)
    assert questions[0][1].network == NETWORK
    places = cycle(questions)
    time_each(benchmark, lambda: judge(*next(places)), ASKS)


def test_linkset(base: Opened, benchmark: BenchmarkFixture) -> None:
    table, compositions = base.to_table(), []
    for ask in asks(base.size, Kind.LINKSET)[:200]:
        composition = compose(table, ais_of(ask), NOON)
        assert composition is not None
        assert ask.item is not None
        levels = linkset(catalogue_at(ask.item), ais_of(ask), NOON)
        members = build_linkset(composition, ROOT)
        assert [member["anchor"] for member in members] == [f"{ROOT}/{level.anchor}" for level in levels]
        compositions.append(composition)
    places = cycle(compositions)
    time_each(benchmark, lambda: build_linkset(next(places), ROOT), len(compositions))
