"""Puts a base into the data folder of an edge."""

from collections.abc import Iterable
from pathlib import Path

from resolver.table_file import TableFile
from rules_compiler.dict_table import DictTable
from rules_compiler.model import SliceKey


def install(data_dir: Path, number: int, slices: Iterable[tuple[SliceKey, bytes]]) -> None:
    """Make *slices* the table *number* of *data_dir*, which an edge then starts from."""
    TableFile(data_dir / "table").write(DictTable(number, dict(slices)))
