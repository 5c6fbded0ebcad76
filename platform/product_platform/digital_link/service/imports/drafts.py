"""Turn an anchor into rules whose answers are those that the document describes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final, NamedTuple

from product_platform.digital_link.service.imports.anchors import Anchor
from product_platform.digital_link.service.imports.findings import DocumentReport
from product_platform.digital_link.service.imports.links import Link
from rules_compiler.model import DestinationType

# Nobody asks for it by accident: so links stay equal of which none is better than the other.
_EQUAL: Final = ("und",)


class Draft(NamedTuple):
    """The fields of one rule, and the link that it is made of."""

    path: str
    fields: dict[str, Any]


def draft_rules(anchor: Anchor, default_link_type: str, report: DocumentReport) -> list[Draft]:
    """Return the rules of *anchor* in the order in which they are to be tried.

    Links of a type come before the one of them that is good for everybody, which would end the
    search; so do the variants of the default link.
    """
    variants, default = _settle_defaults(anchor, report)
    typed = list(_in_order(_joined(anchor.links, report)))
    if default is not None:
        # Without link type it is listed, and found, under the default type: one rule says both.
        typed = [link for link in typed if not _is_said_by(default, link, default_link_type)]
    links = [*typed, *variants, *([default] if default else [])]
    return [Draft(link.path, {**anchor.place.to_fields(), **_to_fields(link)}) for link in links]


def _settle_defaults(anchor: Anchor, report: DocumentReport) -> tuple[list[Link], Link | None]:
    """Return the defaults for some callers, and the one for everybody."""
    default = anchor.default
    variants = []
    for link in _joined(anchor.variants, report):
        if link.has_preferences:
            variants.append(link)
        elif default is None:
            default = link
        elif link.href != default.href:
            message = "Nothing tells for whom this default is meant: give it a language, type or context."
            report.refuse(link.path, "variant_for_everybody", message)
    return variants, default


def _joined(links: Iterable[Link], report: DocumentReport) -> list[Link]:
    """Return *links* with those put together that lead the same callers to the same place.

    Kept apart they would make a caller choose between equals.
    """
    kept: list[Link] = []
    for link in links:
        at = next((at for at, other in enumerate(kept) if other.is_joinable(link)), None)
        if at is None:
            kept.append(link)
            continue
        other, kept[at] = kept[at], kept[at].joined(link)
        if other.meaning == link.meaning:
            message = f"The same link stands at {other.path}; it is kept once."
            report.note(link.path, "repeated_link", message)
        else:
            message = f"The link at {other.path} leads to the same place; the two are kept as one."
            report.note(link.path, "joined_link", message)
    return kept


def _in_order(links: Iterable[Link]) -> Iterator[Link]:
    by_type: defaultdict[str | None, list[Link]] = defaultdict(list)
    for link in links:
        by_type[link.link_type].append(link)
    for group in by_type.values():
        universal = [link for link in group if not link.has_preferences]
        if len(universal) > 1:
            yield from (link if link.has_preferences else replace(link, contexts=_EQUAL) for link in group)
        else:
            yield from (link for link in group if link.has_preferences)
            yield from universal


def _is_said_by(default: Link, link: Link, default_link_type: str) -> bool:
    return (
        link.link_type == default_link_type
        and link.href == default.href
        and not link.has_preferences
        and link.title in (None, default.title)
    )


def _to_fields(link: Link) -> dict[str, Any]:
    """Return what a rule says of its link; what the link leaves open is cleared from an older rule."""
    return {
        "destination_type": DestinationType.CUSTOM_URL,
        "custom_url": link.href,
        "enabled": True,
        "link_type": link.link_type,
        "title": link.title,
        "media_type": link.media_type,
        "languages": list(link.languages) or None,
        "contexts": list(link.contexts) or None,
    }
