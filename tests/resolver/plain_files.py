"""The files of a host, read in the plainest way, and damaged in every way."""

import resource
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from resolver.journal import JournalReader
from resolver.table_store import Files, TableStore
from rules_compiler.model import SliceKey

Slices = Mapping[SliceKey, bytes]


def read_plainly(store: TableStore) -> tuple[int, dict[SliceKey, bytes]]:
    """Return the number and the slices that whoever opens the files now finds in them."""
    files = read_list(store)
    slices: dict[SliceKey, bytes | None] = {}
    for name in reversed(files.tables):
        slices |= {key.decode(): value or None for _, key, value in store.open_table(name).items()}
    number = files.number
    with closing(JournalReader(store.folder / files.journal)) as journal:
        for change_set in journal.read_new():
            assert change_set.after <= number < change_set.number
            slices |= change_set.slices
            number = change_set.number
    return number, {key: packed for key, packed in slices.items() if packed is not None}


def read_list(store: TableStore) -> Files:
    files = store.read_files()
    assert files is not None
    return files


def make_table(store: TableStore, kind: str, number: int, slices: Mapping[SliceKey, bytes | None]) -> str:
    with store.new_table(kind, number) as (writer, name):
        for key, packed in slices.items():
            writer.add(key, packed or b"")
    return name


def names(store: TableStore) -> set[str]:
    """Return what lies in the folder, but for list, pulse and lock."""
    return {path.name for path in store.folder.iterdir()} - {"list.json", "pulse.json", "keeper.lock"}


def flip(path: Path, place: int) -> None:
    """Turn one bit of a file around; a negative *place* counts from its end."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    replace(path, bytes(content))


def flip_where_it_lies(path: Path, place: int) -> None:
    """Turn one bit around for those as well who have mapped the file."""
    with path.open("r+b") as file:
        file.seek(place)
        (byte,) = file.read(1)
        file.seek(place)
        file.write(bytes([byte ^ 1]))


def cut(path: Path, size: int) -> None:
    """Leave *size* bytes of a file; a negative *size* counts from its end."""
    replace(path, path.read_bytes()[:size])


def replace(path: Path, content: bytes) -> None:
    """Put another file in the place of *path*: what is mapped already stays as it is."""
    beside = path.with_suffix(".beside")
    beside.write_bytes(content)
    beside.rename(path)


@contextmanager
def full_disk(size: int = 0) -> Iterator[None]:
    """Let no file grow beyond *size* bytes in the block: what is written half is written half."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def size_of(path: Path) -> int:
    return path.stat().st_size
