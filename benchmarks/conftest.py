"""Generated bases of three sizes, which `make compare` uses as well; one that is not there is made."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import NamedTuple

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from loadtests.base import SIZES, prepare_base
from resolver.layered_table import LayeredTable
from resolver.table_store import TableStore
from rules_compiler.table_file import PackedTable

ROUNDS = 5


def time_each(benchmark: BenchmarkFixture, call: Callable[[], object], count: int) -> None:
    """Time *count* calls that differ, so that each round tells their mean."""
    benchmark.pedantic(call, rounds=ROUNDS, iterations=count, warmup_rounds=1)


class Opened(NamedTuple):
    """The base of *size* products, open."""

    size: int
    store: TableStore
    name: str
    packed: PackedTable

    def to_table(self) -> LayeredTable:
        """Return a table over the base of which nothing is decoded yet."""
        return LayeredTable(self.packed.number, [self.packed])


@pytest.fixture(scope="session", params=SIZES, ids=["1k", "100k", "1M"])
def base(request: pytest.FixtureRequest) -> Opened:
    with ExitStack() as stack:
        capture = request.config.pluginmanager.getplugin("capturemanager")
        if capture is not None:  # making the largest takes a minute, which nobody should spend in the dark
            stack.enter_context(capture.global_and_fixture_disabled())
        made = prepare_base(request.param)
    store = TableStore(made.data_dir / "tables")
    files = store.read_files()
    assert files is not None
    return Opened(made.size, store, files.base, store.open_table(files.base))
