"""The files of a host from which its edge workers serve, and the list that says which of them count.

A table is a base, deltas over it and a journal over these. All of it is named in one list, which is
replaced whole: a reader sees the files before a change or those after it. Only the keeper writes.
"""

import mmap
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias
from uuid import uuid4

import orjson

from resolver.damage import DamageBook
from resolver.warm_pages import warm_pages
from rules_compiler.model import SliceKey
from rules_compiler.snapshot import SnapshotInvalidError
from rules_compiler.table_file import PackedTable, TableWriter

_LIST = "list.json"
_PULSE = "pulse.json"
_FORMAT = 1
# More than a pulse ever has; JSON may end in spaces.
_PULSE_BYTES = 512

Stamp: TypeAlias = tuple[int, int]
"""Which list counts: another for each one that was ever written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What a host serves: files by name, oldest first, and the journal of what came after `number`.

    `epoch` tells one database from another: tables of two epochs have nothing to do with each other.
    `lineage` is that of change set `number`, None when it is not known.
    """

    epoch: str
    number: int
    base: str
    deltas: tuple[str, ...] = ()
    journal: str
    previous_base: str | None = None
    lineage: str | None = None

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables, newest first."""
        return (*reversed(self.deltas), self.base)

    def replaced(self, **changes: Any) -> "Files":
        """Return the same with *changes*."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What the keeper last heard, for whoever asks a worker; instants are epoch seconds.

    `at` is when it told this, `is_asked` whether the database was asked since it began, or cannot be.
    """

    at: float = 0.0
    head: int = 0
    is_asked: bool = False
    last_heard_at: float | None = None
    last_caught_up_at: float | None = None
    last_error: str | None = None
    failures: int = 0

    @property
    def confirmed_at(self) -> float | None:
        """When it was last known what the head is."""
        return max(filter(None, (self.last_heard_at, self.last_caught_up_at)), default=None)


class TableStore:
    """A folder of tables, journals and their list.

    A table is made, then listed or dropped. Until then it stays, whatever else is listed meanwhile.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.damages = DamageBook(folder)
        self._unlisted: set[str] = set()

    @property
    def lock_path(self) -> Path:
        """The file whose lock the keeper holds."""
        return self.folder / "keeper.lock"

    def read_files(self) -> Files | None:
        """Return what counts now, or None when nothing does yet or the list is damaged; raises OSError."""
        try:
            listed = orjson.loads((self.folder / _LIST).read_bytes())
            files = listed["files"]
            if (listed["format"], listed["checksum"]) != (_FORMAT, zlib.crc32(orjson.dumps(files))):
                return None
            return Files(**files | {"deltas": tuple(files["deltas"])})
        except (FileNotFoundError, orjson.JSONDecodeError, KeyError, TypeError):
            return None

    def find_stamp(self) -> Stamp | None:
        """Return what changes whenever the list does, or None when there is none."""
        try:
            status = (self.folder / _LIST).stat()
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns

    def write_files(self, files: Files) -> None:
        """Make *files* count, and remove others; raises OSError when the disk is full."""
        listed = {name: getattr(files, name) for name in files.__slots__}
        checksum = zlib.crc32(orjson.dumps(listed))
        self._replace_list(orjson.dumps({"format": _FORMAT, "checksum": checksum, "files": listed}))
        self._unlisted.difference_update(files.tables)
        with suppress(OSError):  # *files* count already: what cannot be removed now is so another time
            self.remove_others(files)

    def remove_others(self, files: Files) -> None:
        """Remove what *files* do not name, such as what an earlier run had not finished; raises OSError."""
        kept = {*files.tables, files.journal, files.previous_base} | self._unlisted
        for pattern in ("*.table", "*.journal", "*.new"):
            for path in self.folder.glob(pattern):
                if path.name.removesuffix(".new") not in kept:
                    path.unlink(missing_ok=True)

    def open_table(self, name: str) -> PackedTable:
        """Map a table; raises OSError, or SnapshotInvalidError when it is damaged."""
        return PackedTable(memoryview(self._map(name)))

    def open_to_serve(self, name: str) -> PackedTable:
        """Map a table, as `open_table` does, and let all of its pages be mapped meanwhile."""
        mapped = self._map(name)
        table = PackedTable(memoryview(mapped))
        warm_pages(mapped, self.folder / name)
        return table

    @contextmanager
    def new_table(self, kind: str, number: int) -> Iterator[tuple[TableWriter, str]]:
        """Give a writer, and the name under which the table lies once the block ends without an error."""
        with self.new_file(kind, number) as (file, name):
            writer = TableWriter(file, number)
            yield writer, name
            writer.finish()

    @contextmanager
    def new_file(self, kind: str, number: int) -> Iterator[tuple[BinaryIO, str]]:
        """Give a file to write a table to, as `new_table` does."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{kind}-{number}-{uuid4().hex[:8]}.table"
        beside = self.folder / f"{name}.new"
        self._unlisted.add(name)
        try:
            with beside.open("wb") as file:
                yield file, name
                file.flush()
                os.fsync(file.fileno())
            beside.rename(self.folder / name)
        except BaseException:
            beside.unlink(missing_ok=True)
            self.drop(name)
            raise

    def drop(self, *names: str) -> None:
        """Remove tables and journals that were made and are of no use."""
        for name in names:
            self._unlisted.discard(name)
            with suppress(OSError):
                (self.folder / name).unlink()

    def new_journal(self, number: int) -> str:
        """Make an empty journal of what comes after *number*, and return its name."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{number}-{uuid4().hex[:8]}.journal"
        (self.folder / name).touch()
        return name

    def read_pulse(self) -> Pulse | None:
        """Return what the keeper last told, or None when it told nothing."""
        try:
            return Pulse(**orjson.loads((self.folder / _PULSE).read_bytes()))
        except (OSError, orjson.JSONDecodeError, TypeError):
            return None

    def write_pulse(self, pulse: Pulse) -> None:
        """Tell *pulse*; raises OSError."""
        content = orjson.dumps({name: getattr(pulse, name) for name in pulse.__slots__})
        self.folder.mkdir(parents=True, exist_ok=True)
        # Written over the last one, which takes no space: a full disk can still be told of.
        file = os.open(self.folder / _PULSE, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            os.pwrite(file, content.ljust(_PULSE_BYTES), 0)
        finally:
            os.close(file)

    def _map(self, name: str) -> mmap.mmap:
        with (self.folder / name).open("rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                raise SnapshotInvalidError(f"{name} is empty")
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def _replace_list(self, content: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = self.folder / f"{_LIST}.new"
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(self.folder / _LIST)
        # The old files go once the new list is sure to stay. It counts from here on: nothing is raised.
        with suppress(OSError):
            _sync_folder(self.folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def number_of(name: str) -> int:
    """Return the change set up to which the table *name* goes."""
    return int(name.split("-")[1])


def install_base(folder: Path, number: int, slices: Iterable[tuple[SliceKey, bytes]]) -> None:
    """Make *slices* the whole table of a host, as if a keeper had fetched them; raises OSError."""
    store = TableStore(folder)
    with store.new_table("base", number) as (writer, name):
        for key, packed in slices:
            writer.add(key, packed)
    journal = store.new_journal(number)
    store.write_files(Files(epoch=uuid4().hex, number=number, base=name, journal=journal))
