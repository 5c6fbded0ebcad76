"""What the last `signpost up` of a data folder was told, so that other commands answer as it does."""

import json
from collections.abc import Mapping
from pathlib import Path

REMEMBERED = ("SIGNPOST_BASE_URL", "SIGNPOST_EDGE_MIN_CLAIM_TIER", "SIGNPOST_RESOLUTION_PROFILE")
"""The settings on which answers depend. None of them is a secret."""

_FILE_NAME = "remembered.json"


def remember(data_dir: Path, environment: Mapping[str, str]) -> None:
    """Keep of *environment* what answers depend on."""
    kept = {name: environment[name] for name in REMEMBERED if environment.get(name)}
    beside = data_dir / f"{_FILE_NAME}.new"
    beside.write_text(json.dumps(kept), encoding="utf-8")
    beside.replace(data_dir / _FILE_NAME)


def recall(data_dir: Path) -> dict[str, str]:
    """Return what was kept, or nothing when nothing ever ran on *data_dir*."""
    try:
        kept: dict[str, str] = json.loads((data_dir / _FILE_NAME).read_bytes())
    except FileNotFoundError:
        return {}
    return kept
