"""Writes figures as tables of plain text."""

from collections.abc import Sequence


def render(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()
) -> str:
    """Return the rows under their headings, in columns; those whose index is in *right* end together."""
    table = [headings, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(headings))]
    lines = ["  ".join(_pad(row, column, widths, right) for column in range(len(headings))) for row in table]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)


def to_markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return the rows as a table of a page."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _pad(row: Sequence[str], column: int, widths: Sequence[int], right: frozenset[int]) -> str:
    text = row[column]
    return text.rjust(widths[column]) if column in right else text.ljust(widths[column])
