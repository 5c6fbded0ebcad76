"""The page on operations explains everything that an edge says of itself."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from resolver.holder import Holder
from resolver.metrics import FAMILIES
from resolver.refresh import Refresher
from resolver.scans import ScanReporter
from resolver.spool import Spool
from resolver.status import read_status
from resolver.table_store import TableStore
from resolver.tally import Tally
from resolver.worker import Worker
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")


def fields(status: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in status.items():
        yield from fields(value, f"{prefix}{name}.") if isinstance(value, dict) else [prefix + name]


def test_every_field_of_the_status_is_explained(tmp_path: Path) -> None:
    holder = Holder(lambda: 0.0)
    refresher = Refresher(holder, TableStore(tmp_path / "tables"), redis_url=None)
    status = read_status(Worker(Tally(), {}, holder, refresher, ScanReporter(None, Spool(tmp_path))))
    assert {field for field in fields(status) if f"`{field}`" not in PAGE} == set()


def test_every_metric_is_explained_and_no_other_is_named() -> None:
    names = {family.name for family in FAMILIES}
    assert {name for name in names if f"| `{name}` |" not in PAGE} == set()
    named = {name.removesuffix("_bucket") for name in re.findall(r"\bsignpost_[a-z_]+", PAGE)}
    assert named - names == set()
