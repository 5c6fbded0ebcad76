import mmap
from pathlib import Path

from resolver.warm_pages import warm_pages

SIZE = 8_000_000


def test_all_pages_are_mapped_before_somebody_asks_for_them(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(SIZE))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        before = mapped_bytes(path)
        warm_pages(mapped, path).join()
        assert (before, mapped_bytes(path) >= SIZE) == (0, True)


def test_a_file_that_is_gone_is_served_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "gone"
    path.write_bytes(b"content")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        path.unlink()
        warm_pages(mapped, path).join()
        assert mapped[:] == b"content"


def mapped_bytes(path: Path) -> int:
    """Return how much of the file at *path* this process has mapped."""
    lines = iter(Path("/proc/self/smaps").read_text().splitlines())
    next(line for line in lines if line.endswith(str(path)))
    return 1024 * int(next(line for line in lines if line.startswith("Rss:")).split()[1])
