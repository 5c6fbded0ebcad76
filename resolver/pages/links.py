"""The links of a page: those that are safe to follow, once each, by kind."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from resolver.pages.kinds import Kind, kind_of
from resolver.pages.model import ItemPage, PageLink
from resolver.pages.wording import language_name, media_name
from rules_compiler.link_types import LINK_TYPES, Status, title_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLink:
    """A link in words. `host` is where it leads, `notes` are its languages and what it is."""

    title: str
    href: str
    link_type: str
    host: str
    notes: tuple[str, ...]
    hreflang: str | None

    @property
    def kind(self) -> Kind:
        """The group under which a shopper finds the link."""
        return kind_of(self.link_type)


def web_host(url: str) -> str | None:
    """Return the host of an absolute http or https URL, or None for anything else."""
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
    for link in page.links:
        known = LINK_TYPES.get(link.link_type)
        host = web_host(link.href)
        if host is None or (known and known.status is Status.RESOLVER_ONLY):
            continue
        shown.setdefault((kind_of(link.link_type), link.href), _shown(link, host, page.name))
    return list(shown.values())


def is_hosted_page(href: str, page: ItemPage) -> bool:
    """Return whether *href* is our hosted page of the item of *page*, as scanned or less exactly."""
    root, found, path = href.partition("?")[0].partition("/p/")
    is_ours = bool(found) and page.linkset_url.startswith(f"{root}/")
    return is_ours and f"{page.canonical_path}/".startswith(f"/{path}/")


def group_by_kind(links: Iterable[ShownLink]) -> dict[Kind, list[ShownLink]]:
    """Return *links* under their kinds, in the order of the kinds, without empty ones."""
    groups: dict[Kind, list[ShownLink]] = {kind: [] for kind in Kind}
    for link in links:
        groups[link.kind].append(link)
    return {kind: members for kind, members in groups.items() if members}


def _shown(link: PageLink, host: str, item_name: str) -> ShownLink:
    # A rule without a title takes the name of its item, which does not tell one link from another.
    is_named = link.title.strip() not in {"", item_name.strip()}
    notes = [*map(language_name, link.languages), media_name(link.media_type)]
    return ShownLink(
        title=link.title if is_named else title_of(link.link_type),
        href=link.href,
        link_type=link.link_type,
        host=host.removeprefix("www."),
        notes=tuple(note for note in notes if note),
        hreflang=link.languages[0] if len(link.languages) == 1 else None,
    )
