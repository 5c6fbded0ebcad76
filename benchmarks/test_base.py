"""How long it takes to store a base, and to open one: the first grows with it, the second hardly does."""

from itertools import islice
from pathlib import Path

from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.conftest import Opened
from resolver.table_store import TableStore, install_base

STORED = 50_000


def test_open(base: Opened, benchmark: BenchmarkFixture) -> None:
    assert len(base.packed) == len(base.store.open_table(base.name)) > base.size
    benchmark(base.store.open_table, base.name)


def test_store(base: Opened, benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    slices = [(key.decode(), value) for _, key, value in islice(base.packed.items(), STORED)]
    benchmark.extra_info["slices"] = len(slices)
    benchmark.pedantic(install_base, args=(tmp_path, 1, slices), rounds=3)
    files = TableStore(tmp_path).read_files()
    assert files is not None
    assert len(TableStore(tmp_path).open_table(files.base)) == len(slices)
