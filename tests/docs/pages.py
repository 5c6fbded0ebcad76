"""The pages of `docs/`, and what of them is made from the code.

A page is written by hand but for its parts between `<!-- made by make docs: NAME -->` and
`<!-- end -->`, which are made by the function of that name.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.docs.commands import render_commands
from tests.docs.routes import render_roles, render_routes
from tests.docs.settings import render_settings

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))

MAKERS: Mapping[str, Callable[[], str]] = {
    "commands": render_commands,
    "settings": render_settings,
    "routes": render_routes,
    "roles": render_roles,
}

_PART = re.compile(r"(<!-- made by make docs: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill(text: str) -> str:
    """Return the text of a page with its generated parts made anew."""
    return _PART.sub(lambda part: f"{part[1]}\n{MAKERS[part[2]]()}\n{part[3]}", text)
