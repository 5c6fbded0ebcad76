"""How long it takes to find a slice: in the mapped file, decoded from it, and decoded before."""

from itertools import cycle

from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.conftest import Opened, time_each
from loadtests.data import brand_id_of, gtin_of
from loadtests.mix import index_of_rank
from rules_compiler.table_file import hash_key

SPREAD = 20_000
"""So many products, spread over the base, are looked up in turn."""


def keys(size: int) -> list[str]:
    return [f"01/{gtin_of(index_of_rank(rank, size))}" for rank in range(min(size, SPREAD))]


def test_find_packed(base: Opened, benchmark: BenchmarkFixture) -> None:
    names = cycle([(key.encode(), hash_key(key.encode())) for key in keys(base.size)])
    assert base.packed.find(*next(names))
    time_each(benchmark, lambda: base.packed.find(*next(names)), SPREAD)


def test_find_nothing(base: Opened, benchmark: BenchmarkFixture) -> None:
    name = b"01/09529999999995"
    assert base.packed.find(name, hash_key(name)) is None
    benchmark(lambda: base.packed.find(name, hash_key(name)))


def test_find_cold(base: Opened, benchmark: BenchmarkFixture) -> None:
    names = keys(base.size)
    table = base.to_table()
    assert all(table.find(key) for key in names[:100])

    def start_cold() -> tuple[tuple[object, str], dict[str, object]]:
        return (base.to_table(), names[next(place)]), {}

    place = cycle(range(len(names)))
    benchmark.pedantic(lambda table, key: table.find(key), setup=start_cold, rounds=5_000)


def test_find_hot(base: Opened, benchmark: BenchmarkFixture) -> None:
    table, key = base.to_table(), f"brand/{brand_id_of(0)}"
    assert table.find(key) is table.find(key)
    benchmark(table.find, key)
