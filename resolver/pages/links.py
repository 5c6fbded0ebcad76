"""The links of a page: those that are safe to follow, once each, by kind."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from resolver.pages.kinds import Kind, label_of
from resolver.pages.model import ItemPage, PageLink
from resolver.pages.wording import language_name, media_name

_ANSWERS_OF_THE_RESOLVER = frozenset({"gs1:defaultLink", "gs1:defaultLinkMulti", "gs1:handledBy"})


@dataclass(frozen=True, slots=True)
class ShownLink:
    """A link in words. `place` is the host it leads to, `notes` are its languages and media."""

    title: str
    href: str
    link_type: str
    kind: Kind
    place: str
    notes: tuple[str, ...]
    hreflang: str | None


def web_host(url: str) -> str | None:
    """Return the host of an absolute http or https URL, or None for anything else."""
    if not url.isprintable() or url != url.strip():
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in {"http", "https"} else None


def shown_links(page: ItemPage) -> list[ShownLink]:
    """Return what a shopper may follow from *page*, in the order given, a target once in each kind.

    Links to the page itself are left out, and so are the types that only a resolver reads: their
    targets stand under a descriptive type as well.
    """
    shown: dict[tuple[Kind, str], ShownLink] = {}
    for link in page.links:
        host = web_host(link.href)
        if host is None or link.link_type in _ANSWERS_OF_THE_RESOLVER or _is_self(link, page):
            continue
        shown.setdefault((link.kind, link.href), _shown(link, host, page.name))
    return list(shown.values())


def group_by_kind(links: Iterable[ShownLink]) -> list[tuple[Kind, list[ShownLink]]]:
    """Return *links* under their kinds, in the order of the kinds, without empty ones."""
    groups: dict[Kind, list[ShownLink]] = {kind: [] for kind in Kind}
    for link in links:
        groups[link.kind].append(link)
    return [(kind, members) for kind, members in groups.items() if members]


def _is_self(link: PageLink, page: ItemPage) -> bool:
    return link.href.partition("?")[0].endswith(f"/p{page.canonical_path}")


def _shown(link: PageLink, host: str, item_name: str) -> ShownLink:
    # A rule without a title takes the name of its item, which tells one link from another no more.
    title = link.title.strip()
    if title in {"", item_name.strip()}:
        title = label_of(link.link_type)
    notes = [language_name(tag) for tag in link.languages]
    media = media_name(link.media_type)
    return ShownLink(
        title=title,
        href=link.href,
        link_type=link.link_type,
        kind=link.kind,
        place=host.removeprefix("www."),
        notes=(*notes, media) if media else tuple(notes),
        hreflang=link.languages[0] if len(link.languages) == 1 else None,
    )
