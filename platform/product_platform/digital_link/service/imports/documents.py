"""Find the anchors of a document: a linkset (RFC 9264) or entries of GS1 Resolver CE, in any wrapping."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson

from product_platform.digital_link.service.imports.anchors import Anchor, AnchorError, read_place
from product_platform.digital_link.service.imports.findings import DocumentReport
from product_platform.digital_link.service.imports.links import Link, LinkReader
from rules_compiler.link_types import read_requested_link_type

_DEFAULT: Final = "gs1:defaultLink"
_VARIANT: Final = "gs1:defaultLinkMulti"
_OF_ANCHOR: Final = frozenset({"anchor", "itemDescription", "description"})
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_WRAPPINGS: Final = ("linkset", "data")


class DocumentFormat(StrEnum):
    """How a document is to be read.

    Both know linksets and entries. GS1 Resolver CE narrows the anchors of a linkset by qualifiers
    that stand beside it; to everybody else the anchor says all.
    """

    LINKSET = "linkset"
    GS1_RESOLVER_CE = "gs1-resolver-ce"


@dataclass(frozen=True, slots=True)
class Document:
    """JSON that describes what another resolver serves."""

    content: bytes
    format: DocumentFormat


def read_anchors(document: Document, report: DocumentReport) -> list[Anchor]:
    """Return what *document* says of each identifier, in its order, and report the rest.

    Anchors of one identifier are put together, wherever they stand.
    """
    try:
        found = orjson.loads(document.content.removeprefix(_BYTE_ORDER_MARK))
    except orjson.JSONDecodeError as error:
        message = f"The document is not JSON: {error.msg} at line {error.lineno}, character {error.colno}."
        report.refuse("", "bad_json", message)
        return []
    anchors: dict[str, Anchor] = {}
    for anchor in _Walk(document.format, report).find(found, "", None):
        known = anchors.setdefault(anchor.place.identifier.slice_key, anchor)
        if known is not anchor:
            _merge(known, anchor, report)
    return list(anchors.values())


class _Walk:
    """Goes through the wrappings of a document down to its anchors."""

    def __init__(self, document_format: DocumentFormat, report: DocumentReport) -> None:
        self._format = document_format
        self._report = report

    def find(self, document: object, path: str, qualifiers: object) -> Iterator[Anchor]:
        """Yield the anchors in *document*, which stands at *path* and is narrowed by *qualifiers*."""
        if isinstance(document, list):
            for at, each in enumerate(document):
                yield from self.find(each, f"{path}[{at}]", qualifiers)
        elif not isinstance(document, dict):
            self._report.refuse(path, "not_an_object", "This is neither a linkset nor an entry.")
        elif wrapping := next((name for name in _WRAPPINGS if name in document), None):
            narrowed = self._read_qualifiers(document, path) or qualifiers
            yield from self.find(document[wrapping], _join(path, wrapping), narrowed)
        elif "links" in document:
            yield from self._read(document, path, document.get("qualifiers"), _read_entry)
        else:
            yield from self._read(document, path, qualifiers, _read_member)

    def _read_qualifiers(self, document: Mapping[str, Any], path: str) -> object:
        """Return what narrows the anchors of a linkset from beside it."""
        qualifiers = document.get("qualifiers")
        if qualifiers and self._format is DocumentFormat.LINKSET:
            message = "The anchors of a linkset say all; load it as gs1-resolver-ce to have them narrowed."
            self._report.note(_join(path, "qualifiers"), "qualifiers_left_out", message)
            return None
        return qualifiers

    def _read(
        self, document: Mapping[str, Any], path: str, qualifiers: object, read: "_ReadLinks"
    ) -> Iterator[Anchor]:
        try:
            place = read_place(document.get("anchor"), qualifiers)
        except AnchorError as error:
            place_of_error = _join(path, "anchor")
            self._report.refuse(place_of_error, error.code, error.message, links=_count_links(document))
            return
        anchor = Anchor(path, place, _read_description(document))
        read(document, anchor, LinkReader(self._report, place.placeholders), self._report)
        yield anchor


_ReadLinks = Callable[[Mapping[str, Any], Anchor, LinkReader, DocumentReport], None]


def _read_member(
    member: Mapping[str, Any], anchor: Anchor, reader: LinkReader, report: DocumentReport
) -> None:
    """Read the links of a member of a linkset, which stand under their relation."""
    for relation, value in member.items():
        if relation in _OF_ANCHOR or relation.startswith("@"):
            continue
        link_type = read_requested_link_type(relation)
        path = _join(anchor.path, link_type)
        if not isinstance(value, list):
            report.note(path, "not_a_list", "The links of a relation are a list; this is read as one link.")
        is_default = link_type in (_DEFAULT, _VARIANT)
        for at, each in enumerate(value if isinstance(value, list) else [value]):
            link = reader.read(each, f"{path}[{at}]", None if is_default else link_type)
            if link is None:
                continue
            if link_type == _DEFAULT:
                _take_default(anchor, link, report)
            else:
                (anchor.variants if is_default else anchor.links).append(link)


def _read_entry(entry: Mapping[str, Any], anchor: Anchor, reader: LinkReader, report: DocumentReport) -> None:
    """Read the links of an entry, those of its default type as defaults too, the first for everybody."""
    links = entry["links"]
    for at, value in enumerate(links if isinstance(links, list) else [links]):
        path = _join(anchor.path, f"links[{at}]")
        relation = value.get("linktype") if isinstance(value, dict) else ""
        if not isinstance(relation, str):
            report.refuse(path, "link_type_missing", "Say what the link is for.", field="linktype")
        elif link := reader.read(value, path, read_requested_link_type(relation)):
            anchor.links.append(link)
    relation = entry.get("defaultLinktype")
    link_type = read_requested_link_type(relation) if isinstance(relation, str) else None
    defaults = [link for link in anchor.links if link.link_type == link_type]
    if not defaults:
        message = "No link has the default type, so the entry has no default link."
        report.note(_join(anchor.path, "defaultLinktype"), "no_default_link", message)
        return
    anchor.default = defaults[0].as_default().for_everybody()
    if len(defaults) > 1:
        anchor.variants = [link.as_default() for link in defaults if link.has_preferences]


def _take_default(anchor: Anchor, link: Link, report: DocumentReport) -> None:
    """Make *link* the default of the anchor, or one for some callers when there is a default already."""
    if anchor.default is None:
        anchor.default = link.for_everybody()
        if link.has_preferences:
            message = "The default link is for everybody; what it says of its callers is left out."
            report.note(link.path, "default_for_everybody", message)
    elif link.has_preferences:
        anchor.variants.append(link)
    elif link.href != anchor.default.href:
        message = f"The identifier has a default link already, {anchor.default.href}."
        report.refuse(link.path, "second_default_link", message)


def _merge(known: Anchor, other: Anchor, report: DocumentReport) -> None:
    """Add to *known* what another anchor of the same identifier says."""
    known.links += other.links
    known.variants += other.variants
    known.description = known.description or other.description
    if other.default is not None:
        _take_default(known, other.default, report)


def _read_description(document: Mapping[str, Any]) -> str:
    names = (document.get("itemDescription"), document.get("description"))
    return next((name for name in names if isinstance(name, str) and name), "")


def _count_links(document: Mapping[str, Any]) -> int:
    lists = (value for name, value in document.items() if name not in _OF_ANCHOR and name != "qualifiers")
    return sum(len(value) for value in lists if isinstance(value, list)) or 1


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
