"""An installation with the demo, for commands that need one."""

import asyncio
from pathlib import Path

import pytest

from admin_api.first_start import make_owner
from admin_api.owner import Owner, write_owner
from product_platform.kit.settings import PlatformSettings


@pytest.fixture
def owner(database_url: str, valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Owner:
    """Make an installation with the demo, whose data folder the commands are told of."""
    monkeypatch.setenv("SIGNPOST_DATABASE_URL", database_url)
    monkeypatch.setenv("SIGNPOST_DATA_DIR", str(tmp_path))
    settings = PlatformSettings(
        database_url=database_url, redis_url=valkey_url, edge_min_claim_tier="unverified"
    )
    owner = asyncio.run(make_owner(settings, with_demo=True))
    write_owner(tmp_path, owner)
    return owner
