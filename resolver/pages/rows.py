"""Lists of links as HTML: a page with many links consists of little else."""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from html import escape

from markupsafe import Markup

from resolver.pages.filling import split
from resolver.pages.kinds import Kind
from resolver.pages.links import ShownLink

# Hosts, languages and media: those of a page repeat on its rows, and many on the next page.
_KNOWN_NOTES = 1024


def write_rows(links: Iterable[ShownLink], look: str) -> Markup:
    """Return *links* as the items of a list with a *look*, `row` or `board`."""
    return Markup(_rows(links, look))  # noqa: S704 - escaped by each row


def write_groups(groups: Mapping[Kind, list[ShownLink]]) -> Markup:
    """Return each of *groups* as a section under its heading."""
    sections = []
    for kind, links in groups.items():
        before, after = _section_of(kind)
        sections.append(f"{before}{_rows(links, 'row')}{after}")
    return Markup("\n".join(sections))  # noqa: S704 - templates around rows


def _rows(links: Iterable[ShownLink], look: str) -> str:
    return "\n".join([_row(link, look) for link in links])


def _row(link: ShownLink, look: str) -> str:
    hreflang = f' hreflang="{escape(link.hreflang)}"' if link.hreflang else ""
    return _ROW % {
        "look": look,
        "href": escape(link.href),
        "hreflang": hreflang,
        "title": escape(link.title),
        "notes": " · ".join(map(_note, (*link.notes, link.host))),
    }


@lru_cache(maxsize=_KNOWN_NOTES)
def _note(text: str) -> str:
    return f"<bdi>{escape(text)}</bdi>"


def _read_row() -> str:
    """Return the template of a row as a format: the fastest way to fill in a short text."""
    parts = [part.replace("%", "%%") for part in split("link.html", *_PLACES)]
    parts[1::2] = [f"%({name})s" for name in parts[1::2]]
    return "".join(parts)


@cache
def _section_of(kind: Kind) -> tuple[str, str]:
    """Return what stands before and after the rows of a group."""
    before, _, after = split("group.html", "rows", kind=kind)
    return before, after


_PLACES = ("look", "href", "hreflang", "title", "notes")
_ROW = _read_row()
