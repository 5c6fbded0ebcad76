"""How long it takes to compile: the slices of one product with its three rules, on average over all kinds."""

from itertools import cycle

from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.conftest import time_each
from loadtests.data import catalogue_at, item_at, slices_of
from loadtests.recipes import ITEMS_OF_BRAND
from rules_compiler.compose import compose
from rules_compiler.dict_table import DictTable
from tests.factories import NOON


def test_compile_product(benchmark: BenchmarkFixture) -> None:
    pieces = [item_at(index) for index in range(ITEMS_OF_BRAND)]
    whole = DictTable(1, dict(slices_of(catalogue_at(0))))
    assert compose(whole, (("01", pieces[0].items[0].key[3:]),), NOON) is not None
    places = cycle(pieces)
    time_each(benchmark, lambda: list(slices_of(next(places))), 10 * ITEMS_OF_BRAND)
