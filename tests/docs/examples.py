"""The examples of a page: its shell blocks, and what each command of a `console` block is shown to answer.

A command begins with `$ ` and goes on as long as its lines end in a backslash or leave a quotation open.
In what it answers, `…` stands for anything.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```", re.DOTALL | re.MULTILINE)


class Step(NamedTuple):
    """Some lines of shell, and the lines that they are shown to print."""

    script: str
    shown: tuple[str, ...]


def read_steps(page: Path) -> list[Step]:
    """Return the steps of all blocks, in the order of the page."""
    steps: list[Step] = []
    for language, text in _BLOCK.findall(page.read_text("utf-8")):
        steps += [Step(text, ())] if language == "sh" else _read_console(text)
    return steps


def _read_console(text: str) -> Iterator[Step]:
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = part.strip().splitlines()
        length = next(at for at in range(1, len(lines) + 1) if _is_whole("\n".join(lines[:at])))
        yield Step("\n".join(lines[:length]), tuple(lines[length:]))


def _is_whole(command: str) -> bool:
    return not command.endswith("\\") and command.count("'") % 2 == 0


def matches(shown: str, line: str) -> bool:
    """Tell whether *line* is the line that is *shown*."""
    return re.fullmatch(".*".join(map(re.escape, shown.split("…"))), line) is not None
