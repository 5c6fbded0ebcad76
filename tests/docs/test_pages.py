"""What is generated of the pages is up to date, and their links lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, fill

_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)

TEXTS = [*PAGES, *sorted((ROOT / "docs" / "adr").glob("*.md")), *sorted(ROOT.glob("*.md"))]


def read_anchors(page: Path) -> set[str]:
    """Return the fragments that lead to a heading, as hosts of Markdown make them."""
    headings = _HEADING.findall(re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL))
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_generated_parts_are_up_to_date(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text == fill(text), "run `make docs`"


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = _LINK.findall(_CODE.sub("", page.read_text("utf-8")))
    missing = []
    for link in links:
        name, _, fragment = link.partition("#")
        target = page.parent / name if name else page
        is_there = "://" in link or (target.exists() and (not fragment or fragment in read_anchors(target)))
        missing += [] if is_there else [link]
    assert missing == []


def test_the_readme_lists_every_page() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [page.name for page in PAGES if f"(docs/{page.name})" not in readme] == []
