from pathlib import Path

import pytest

from resolver.table_store import TableStore


@pytest.fixture
def store(tmp_path: Path) -> TableStore:
    """Return the files of a host that has none yet."""
    return TableStore(tmp_path / "tables")
