"""Gather what the hosted page of an item shows: its facts, the scanned code, and its links."""

from datetime import UTC, date, datetime
from typing import Any

from resolver import answers
from resolver.answers import Answer
from resolver.exchange import Exchange
from resolver.expiry import read_expiry
from resolver.item_facts import read_facts
from resolver.linkset import build_linkset
from resolver.pages import CONTENT_SECURITY_POLICY, ItemPage, PageLink, render_item_page
from rules_compiler.gs1 import slice_key
from rules_compiler.link_types import to_curie
from rules_compiler.model import SerialState
from rules_compiler.tables import LevelSlice

_PAGE_SECONDS = 60

_WARNINGS = {
    SerialState.SUSPECT: "This serial number has been seen in unlikely places. Look closely.",
    SerialState.COUNTERFEIT_SUSPECTED: "This serial number may be a copy, and the product counterfeit.",
    SerialState.SERIALIZATION_ERROR: "This serial number is recorded for another product. Ask the brand.",
}


def item_page_answer(exchange: Exchange) -> Answer:
    """Return the hosted page."""
    members = build_linkset(exchange.composition, exchange.root)
    body = render_item_page(_with_facts(item_page(exchange, page_links(members)), exchange))
    headers = [
        (b"cache-control", b"public, max-age=%d" % _PAGE_SECONDS),
        answers.linkset_link(exchange.uri),
    ]
    return answers.page(200, body, CONTENT_SECURITY_POLICY, headers)


def item_page(exchange: Exchange, links: tuple[PageLink, ...]) -> ItemPage:
    """Return a page about the item that shows *links*, and of its facts the name alone."""
    link, uri = exchange.link, exchange.uri
    return ItemPage(
        gtin=link.get("01") or "",
        name=exchange.composition.item.name,
        canonical_path=f"/{link.slice_key}",
        linkset_url=f"{uri}?linkType=linkset",
        json_url=uri,
        links=links,
    )


def page_links(members: list[dict[str, Any]]) -> tuple[PageLink, ...]:
    """Return the links of a linkset, narrowest anchor first, as a page shows them."""
    return tuple(
        [
            PageLink(
                link["title"], link["href"], link_type, tuple(link.get("hreflang", ())), link.get("type")
            )
            for member in members
            for relation, links in member.items()
            if isinstance(links, list)
            for link_type in (to_curie(relation),)
            for link in links
        ]
    )


def _with_facts(page: ItemPage, exchange: Exchange) -> ItemPage:
    """Return *page* with what the catalogue and the scanned code say of the item."""
    link = exchange.link
    facts = read_facts(exchange.composition.item, exchange.table)
    expiry = _expiry(link.get("17"), exchange.query.at)
    today = datetime.fromtimestamp(exchange.query.at, tz=UTC).date()
    return page._replace(
        brand=facts.get("brand") or "",
        description=facts.get("description") or "",
        image_url=facts.get("image_url") or "",
        net_content=facts.get("net_content") or "",
        country_of_origin=facts.get("country_of_origin") or "",
        lot=link.get("10"),
        serial=link.get("21"),
        expiry=expiry,
        is_expired=expiry < today if expiry else None,
        serial_warning=_serial_warning(exchange),
    )


def _expiry(encoded: str | None, at: float) -> date | None:
    return read_expiry(encoded, datetime.fromtimestamp(at, tz=UTC).date()) if encoded else None


def _serial_warning(exchange: Exchange) -> str | None:
    serial = exchange.link.get("21")
    if serial is None:
        return None
    ais = (exchange.link.ais[0], ("21", serial))
    known = exchange.table.find(slice_key(ais))
    return _WARNINGS.get(known.state) if isinstance(known, LevelSlice) and known.state else None
