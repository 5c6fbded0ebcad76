"""Pages to render, and a parser that reads them back as a browser would."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from resolver.pages import ItemPage, PageLink

_VOID = frozenset({"img", "link", "meta", "path"})


def make_link(link_type: str = "gs1:pip", **changes: Any) -> PageLink:
    name = link_type.partition(":")[2]
    return PageLink(
        **{"title": "", "href": f"https://meadow.example/{name}", "link_type": link_type, **changes}
    )


def make_page(**changes: Any) -> ItemPage:
    root = "https://id.example"
    path = "/01/09506000134352"
    facts = {
        "gtin": "09506000134352",
        "name": "Oat drink",
        "canonical_path": path,
        "linkset_url": f"{root}{path}?linkType=linkset",
        "json_url": f"{root}{path}",
    }
    return ItemPage(**{**facts, **changes})


@dataclass
class Element:
    name: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text inside, its white space as a reader sees it."""
        return " ".join(self._raw_text().split())

    def all(self, name: str, **attributes: str) -> list["Element"]:
        """Return every element of this *name* inside that has these attributes."""
        return [
            element
            for element in self._descendants()
            if element.name == name and attributes.items() <= element.attributes.items()
        ]

    def one(self, name: str, **attributes: str) -> "Element":
        (element,) = self.all(name, **attributes)
        return element

    def _raw_text(self) -> str:
        return "".join(c if isinstance(c, str) else c._raw_text() for c in self.children)

    def _descendants(self) -> Iterator["Element"]:
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child._descendants()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("document", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        closed = self.open.pop()
        assert closed.name == tag, f"</{tag}> closes <{closed.name}>"

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(body: bytes) -> Element:
    """Return the document that *body* holds; every element in it must be closed in order."""
    reader = _Reader()
    reader.feed(body.decode())
    reader.close()
    (document,) = reader.open
    return document
