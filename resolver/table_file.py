"""The table on disk, so that an edge can serve at once with everything else down."""

import fcntl
import os
from pathlib import Path

import structlog

from rules_compiler.dict_table import DictTable
from rules_compiler.snapshot import (
    TABLE_HEADER_BYTES,
    SnapshotInvalidError,
    table_from_bytes,
    table_number,
    table_to_bytes,
)

_log = structlog.get_logger()


class TableFile:
    """One file a host, shared by all workers; the newest table wins, and it is replaced whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> DictTable | None:
        """Return the table of the file, or None when there is none or it is damaged."""
        try:
            number, slices = table_from_bytes(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, SnapshotInvalidError) as error:
            _log.warning("the table file cannot be used", path=str(self._path), error=str(error))
            return None
        return DictTable(number, slices)

    def write(self, table: DictTable) -> None:
        """Keep *table* for the next start; a full disk is logged and changes nothing."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._write_locked(table)
        except OSError as error:
            _log.warning("the table file cannot be written", path=str(self._path), error=str(error))

    def _write_locked(self, table: DictTable) -> None:
        if self._number_on_disk() == table.number:
            return  # another worker of this host was quicker
        beside = self._path.with_suffix(".new")
        with beside.open("wb") as file:
            file.write(table_to_bytes(table.number, table.packed))
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, self._path)  # noqa: PTH105 - the atomic rename is the point

    def _number_on_disk(self) -> int | None:
        try:
            with self._path.open("rb") as file:
                return table_number(file.read(TABLE_HEADER_BYTES))
        except FileNotFoundError:
            return None
