"""A code as rectangles and lines of text, whatever the format of the image."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple


class Rectangle(NamedTuple):
    """A dark rectangle, in modules from the left upper corner of the drawing."""

    x: float
    y: float
    width: float
    height: float


class Text(NamedTuple):
    """A line of text; `x` is its middle, `y` the line that it stands on, `size` its height, in modules."""

    content: str
    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is printed dark, on an area measured in modules, quiet zones included."""

    width: float
    height: float
    rectangles: Sequence[Rectangle]
    texts: Sequence[Text] = ()


def dark_runs(row: Iterable[int]) -> Iterable[tuple[int, int]]:
    """Yield start and length of every run of dark modules."""
    x = 0
    for is_dark, run in groupby(row):
        length = len(list(run))
        if is_dark:
            yield x, length
        x += length


def draw_matrix(rows: Iterable[Iterable[int]], *, width: int, height: int) -> Drawing:
    """Return the drawing of a code of square modules, dark where *rows* have 1."""
    rectangles = [Rectangle(x, y, run, 1) for y, row in enumerate(rows) for x, run in dark_runs(row)]
    return Drawing(width, height, rectangles)
