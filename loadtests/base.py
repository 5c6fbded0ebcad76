"""Bases of generated catalogues on disk, ready for an edge to start from: made once, in parts.

A run that is interrupted goes on with the parts that are missing. What making them took is kept
beside them: processor time, and the most memory that a process had.
"""

import json
import multiprocessing
import os
import resource
import shutil
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import blake2b
from mmap import ACCESS_READ, mmap
from pathlib import Path

from loadtests.check import FIRST_TABLE
from loadtests.data import pieces, slices_of
from resolver.table_store import install_base
from rules_compiler.model import SliceKey
from rules_compiler.table_file import PackedTable, TableWriter

FOLDER = Path(".signpost-load")
SIZES = (1_000, 100_000, 1_000_000)
_PART_ITEMS = 20_000
_PROCESSES = 2


@dataclass(slots=True)
class Part:
    """What compiling one part took, in one process; times are of the processor."""

    rules: int = 0
    slices: int = 0
    slice_bytes: int = 0
    generate_s: float = 0.0
    compile_s: float = 0.0
    peak_memory_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What making a base took; seconds are of one processor, unless they say `elapsed`."""

    items: int
    rules: int
    slices: int
    slice_bytes: int
    generate_s: float
    compile_s: float
    install_s: float
    elapsed_s: float
    peak_memory_bytes: int

    @property
    def micros_a_rule(self) -> float:
        """Processor time of compiling and storing, by rule; making up the rules is not in it."""
        return (self.compile_s + self.install_s) / self.rules * 1e6


@dataclass(frozen=True, slots=True)
class Base:
    """A base on disk: the data folder of an edge, and what making it took."""

    size: int
    data_dir: Path
    effort: Effort


@cache
def find_version() -> str:
    """Return what stands for the code that makes bases: one made by other code is made anew."""
    home = Path(__file__).parents[1]
    names = ("data", "recipes", "mix", "headers")
    patterns = ["rules_compiler/*.py", "rules_compiler/stages/*.py", "resolver/table_store.py"]
    patterns += [f"loadtests/{name}.py" for name in names]
    digest = blake2b(digest_size=6)
    for path in sorted(path for pattern in patterns for path in home.glob(pattern)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def folder_of(size: int, root: Path = FOLDER) -> Path:
    """Return where everything generated for *size* products is kept."""
    return root / find_version() / str(size)


def prepare_base(size: int, root: Path = FOLDER) -> Base:
    """Return the base of *size* products, made now unless an earlier run has made it."""
    folder = folder_of(size, root)
    record = folder / "base.json"
    if not record.exists():
        _remove_others(root)
        _make(size, folder, record)
    return Base(size, folder / "data", Effort(**json.loads(record.read_text())))


def _remove_others(root: Path) -> None:
    """Remove what other code has made; it would never be used again, and is large."""
    for path in root.glob("[0-9a-f]" * 12):
        if path.name != find_version():
            shutil.rmtree(path, ignore_errors=True)


def _make(size: int, folder: Path, record: Path) -> None:
    began = time.monotonic()
    parts = folder / "parts"
    parts.mkdir(parents=True, exist_ok=True)
    ranges = [(first, min(first + _PART_ITEMS, size)) for first in range(0, size, _PART_ITEMS)]
    made = _make_parts(size, ranges, parts)
    cpu = time.process_time()
    shutil.rmtree(folder / "data", ignore_errors=True)
    _say(f"{size:,} products: putting the base together")
    install_base(folder / "data" / "tables", FIRST_TABLE, _read_parts(ranges, parts))
    effort = Effort(
        items=size,
        rules=sum(part.rules for part in made),
        slices=sum(part.slices for part in made),
        slice_bytes=sum(part.slice_bytes for part in made),
        generate_s=sum(part.generate_s for part in made),
        compile_s=sum(part.compile_s for part in made),
        install_s=time.process_time() - cpu,
        elapsed_s=time.monotonic() - began,
        peak_memory_bytes=max(_peak_memory(), *(part.peak_memory_bytes for part in made)),
    )
    write_whole(record, json.dumps(asdict(effort), indent=2).encode())
    shutil.rmtree(parts)
    _say(f"{size:,} products: base made in {effort.elapsed_s:.0f} s, {effort.micros_a_rule:.1f} µs a rule")


def _make_parts(size: int, ranges: list[tuple[int, int]], parts: Path) -> list[Part]:
    made = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(_PROCESSES, len(ranges)), mp_context=context) as pool:
        futures = [pool.submit(_make_part, first, after, parts) for first, after in ranges]
        try:
            for future in as_completed(futures):
                made.append(future.result())
                _say(f"{size:,} products: part {len(made)} of {len(ranges)} compiled")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return made


def _make_part(first: int, after: int, parts: Path) -> Part:
    """Compile the products from *first* to before *after*, unless it was done; return what that took."""
    record = _part_path(parts, first).with_suffix(".json")
    with suppress(FileNotFoundError):
        return Part(**json.loads(record.read_text()))
    made = Part()
    with _part_path(parts, first).open("wb") as out:
        writer = TableWriter(out, FIRST_TABLE)
        at = time.process_time()
        for piece in pieces(first, after):
            generated = time.process_time()
            made.rules += len(piece.rules)
            for key, compiled in slices_of(piece):
                writer.add(key, compiled)
                made.slice_bytes += len(key) + len(compiled)
            made.generate_s += generated - at
            at = time.process_time()
            made.compile_s += at - generated
        writer.finish()
    made.slices, made.peak_memory_bytes = writer.count, _peak_memory()
    write_whole(record, json.dumps(asdict(made)).encode())
    return made


def _read_parts(ranges: list[tuple[int, int]], parts: Path) -> Iterator[tuple[SliceKey, bytes]]:
    for first, _ in ranges:
        with (
            _part_path(parts, first).open("rb") as file,
            mmap(file.fileno(), 0, access=ACCESS_READ) as content,
        ):
            yield from _read_part(content)


def _read_part(content: mmap) -> Iterator[tuple[SliceKey, bytes]]:
    for _, key, value in PackedTable(memoryview(content)).items():
        yield key.decode(), value


def _part_path(parts: Path, first: int) -> Path:
    return parts / f"{first:07d}.table"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is either there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    beside.write_bytes(content)
    beside.replace(path)


def _peak_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
