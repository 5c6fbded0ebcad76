"""The examples of a page: its blocks of shell, Python and JavaScript, and what they are shown to print.

A `text` block after a program shows what that prints. In a `console` block each command is shown with
its answer; it begins with `$ ` and goes on as long as its lines end in a backslash or leave a quotation
open. In what is printed, `…` stands for anything.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_BLOCK = re.compile(r"^```(sh|console|python|js|text)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_PROGRAMS = {"python": "python -", "js": "node --input-type=module -"}


class Step(NamedTuple):
    """Some lines of shell, and the lines that they are shown to print."""

    script: str
    shown: tuple[str, ...]


def read_steps(page: Path) -> list[Step]:
    """Return the steps of all blocks, in the order of the page."""
    steps: list[Step] = []
    has_program = False
    for language, text in _BLOCK.findall(page.read_text("utf-8")):
        if language == "text":
            steps[-1:] = [steps[-1]._replace(shown=tuple(text.splitlines()))] if has_program else steps[-1:]
        elif language == "console":
            steps += _read_console(text)
        else:
            steps.append(Step(_to_script(language, text), ()))
        has_program = language in _PROGRAMS
    return steps


def _to_script(language: str, text: str) -> str:
    """Return the shell that runs a block."""
    return (
        f"{_PROGRAMS[language]} <<'END_OF_PROGRAM'\n{text}END_OF_PROGRAM" if language in _PROGRAMS else text
    )


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
