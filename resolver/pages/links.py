"""The links of a page: those that are safe to follow, once each, by kind."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from resolver.pages.kinds import Kind, kind_of
from resolver.pages.model import ItemPage
from resolver.pages.wording import language_name, media_name
from rules_compiler.link_types import LINK_TYPES, Status, title_of

_KINDS = tuple(Kind)
# What most brands write: nothing in it needs a parser.
_PLAIN_URL = re.compile(r"https?://([a-z0-9.-]+)(?:[/?#][!-~]*)?")
# The vocabulary has some sixty link types; others are of no kind and named by themselves.
_KNOWN_TYPES = 256


class ShownLink(NamedTuple):
    """A link in words. `host` is where it leads, `notes` are its languages and what it is."""

    title: str
    href: str
    link_type: str
    kind: Kind
    host: str
    notes: tuple[str, ...]
    hreflang: str | None


def web_host(url: str) -> str | None:
    """Return the host of an absolute http or https URL, or None for anything else."""
    plain = _PLAIN_URL.fullmatch(url)
    return plain[1] if plain else _parsed_host(url)


def _parsed_host(url: str) -> str | None:
    if not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in {"http", "https"} else None


def shown_links(page: ItemPage) -> list[ShownLink]:
    """Return what a person may follow from *page*, in the order given, a target once in each kind.

    Types that only a resolver reads are left out: their targets stand under another type as well.
    """
    shown: dict[tuple[Kind, str], ShownLink] = {}
    # A rule without a title takes the name of its item, which does not tell one link from another.
    empty_titles = ("", page.name.strip())
    for title, href, link_type, languages, media_type in page.links:
        kind, type_title = _seen_as(link_type)
        if kind is None or (kind, href) in shown:
            continue
        host = web_host(href)
        if host is None:
            continue
        shown[kind, href] = ShownLink(
            title=type_title if title.strip() in empty_titles else title,
            href=href,
            link_type=link_type,
            kind=kind,
            host=host.removeprefix("www."),
            notes=_notes(languages, media_type) if languages or media_type else (),
            hreflang=languages[0] if len(languages) == 1 else None,
        )
    return list(shown.values())


def is_hosted_page(href: str, page: ItemPage) -> bool:
    """Return whether *href* is our hosted page of the item of *page*, as scanned or less exactly."""
    root, found, path = href.partition("?")[0].partition("/p/")
    is_ours = bool(found) and page.linkset_url.startswith(f"{root}/")
    return is_ours and f"{page.canonical_path}/".startswith(f"/{path}/")


def group_by_kind(links: Iterable[ShownLink]) -> dict[Kind, list[ShownLink]]:
    """Return *links* under their kinds, in the order of the kinds, without empty ones."""
    groups: dict[Kind, list[ShownLink]] = {}
    for link in links:
        groups.setdefault(link.kind, []).append(link)
    return {kind: groups[kind] for kind in _KINDS if kind in groups}


@lru_cache(maxsize=_KNOWN_TYPES)
def _seen_as(link_type: str) -> tuple[Kind | None, str]:
    """Return the kind of a link type, None when people do not see it, and the title of a link without one."""
    known = LINK_TYPES.get(link_type)
    is_hidden = known is not None and known.status is Status.RESOLVER_ONLY
    return None if is_hidden else kind_of(link_type), title_of(link_type)


def _notes(languages: Iterable[str], media_type: str | None) -> tuple[str, ...]:
    notes = (*map(language_name, languages), media_name(media_type))
    return tuple([note for note in notes if note])
