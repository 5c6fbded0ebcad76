"""The key of the installation's owner, kept in the data folder for nobody else to read."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

_FILE_NAME = "owner.json"


@dataclass(frozen=True, slots=True)
class Owner:
    """The user key of whoever runs this installation, and the first organization of that user."""

    api_key: str
    organization_id: str
    has_demo: bool


def find_owner(data_dir: Path) -> Owner | None:
    """Return the owner of the installation in *data_dir*, or None before the first start has ended."""
    try:
        return Owner(**json.loads((data_dir / _FILE_NAME).read_bytes()))
    except FileNotFoundError:
        return None


def write_owner(data_dir: Path, owner: Owner) -> None:
    """Keep *owner*, whole or not at all, readable by this user alone."""
    unfinished = data_dir / f"{_FILE_NAME}.unfinished"
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(owner), file)
    unfinished.replace(data_dir / _FILE_NAME)
