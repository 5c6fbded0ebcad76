"""Print the conformance page, made from the names and docstrings of the tests beside this file.

A test `test_r40_…` belongs to the rule R40. Its docstring opens with the rule; the second paragraph
gives level and clause, `SHALL, 2.12.`, and then how the rule is read where that needs saying.
"""

import ast
import re
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]

TEST_NAME = re.compile(r"test_([uqre])(\d+)_\w+")
READING = re.compile(
    r"(?P<level>SHALL|SHOULD|MAY|Ours|No level|Example)(?:, (?P<clause>[\d., and]*\d))?\.\s*(?P<text>.*)"
)

SECTIONS = {
    "U": "The URI",
    "Q": "The query string",
    "R": "The resolver",
    "E": "Requests and answers",
}

RULES = {
    "U": range(1, 15),
    "Q": range(1, 8),
    "R": (*range(1, 9), *range(10, 20), *range(20, 25), *range(30, 45), *range(50, 56)),
    "E": range(1, 24),
}
"""The numbers of all rules; the gaps lie between the chapters of the resolver."""

INTRODUCTION = """\
# Conformance

What Signpost keeps of GS1 Digital Link, rule by rule, each with the tests that hold it to the rule. The
rules restate GS1 Digital Link URI Syntax 1.7 (`U`, `Q`) and the GS1-Conformant Resolver standard 1.2 (`R`) in
our own words, under numbers of our own; clauses are those of the standard, where known. `E` are whole
requests. Levels are the standard's; *ours* marks what it leaves to the implementer. Where a rule needs
reading, the last column says how it is read here; [resolution.md](resolution.md) has the whole semantics.
The tests of one rule run with `make test ARGS="-k r40_"`. This page is made from them by `make docs`.
"""

DASH = "\N{EN DASH}"
LEVELS = {"Ours": "*ours*", "No level": DASH, "Example": DASH}
"""How the page writes a level that is not one of the standard's."""


class Row(NamedTuple):
    """One test as the page shows it."""

    letter: str
    number: int
    level: str
    clause: str
    rule: str
    reading: str
    file: str


def read_rows() -> list[Row]:
    """Return a row for each test of a numbered rule, in the order of the rules."""
    rows = [row for path in sorted(FOLDER.glob("test_*.py")) for row in _read_module(path)]
    return sorted(rows, key=lambda row: (list(SECTIONS).index(row.letter), row.number))


def _read_module(path: Path) -> Iterator[Row]:
    for node in ast.parse(path.read_text()).body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        name = TEST_NAME.fullmatch(node.name)
        if name is None:
            continue
        rule, _, rest = (ast.get_docstring(node) or "").partition("\n\n")
        reading = READING.fullmatch(" ".join(rest.split()))
        if reading is None:
            raise ValueError(f"{path.name}:{node.lineno}: the second paragraph must open like `SHALL, 2.12.`")
        level, clause, text = reading.group("level", "clause", "text")
        yield Row(name[1].upper(), int(name[2]), level, clause or "", rule, text, path.name)


def render_page() -> str:
    """Return the page in Markdown."""
    sections = [
        "\n".join(_render_section(title, [row for row in read_rows() if row.letter == letter]))
        for letter, title in SECTIONS.items()
    ]
    return "\n".join([INTRODUCTION, *sections])


def _render_section(title: str, rows: list[Row]) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| Rule | Level | Clause | What it says | Tests | How it is read here |"
    yield "|---|---|---|---|---|---|"
    for (letter, number), group in groupby(rows, key=lambda row: (row.letter, row.number)):
        yield _render_rule(f"{letter}{number}", list(group))
    yield ""


def _render_rule(name: str, rows: list[Row]) -> str:
    levels = ", ".join(dict.fromkeys(LEVELS.get(row.level, row.level) for row in rows))
    clauses = ", ".join(dict.fromkeys(row.clause for row in rows if row.clause)) or DASH
    files = dict.fromkeys(row.file for row in rows)
    tests = ", ".join(f"[{file}](../tests/conformance/{file})" for file in files)
    rules = " ".join(row.rule for row in rows)
    readings = " ".join(row.reading for row in rows if row.reading)
    cells = (name, levels, clauses, rules, tests, readings)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


if __name__ == "__main__":
    sys.stdout.write(render_page())
