"""What a page is told: plain values, gathered by the caller."""

from datetime import date
from typing import NamedTuple


class PageLink(NamedTuple):
    """One link of the linkset. `link_type` is a compact name (`gs1:pip`), `languages` BCP 47 tags."""

    title: str
    href: str
    link_type: str
    languages: tuple[str, ...] = ()
    media_type: str | None = None


class ItemPage(NamedTuple):
    """An item as the catalogue and the scanned code describe it; an empty text is an unknown fact.

    `gtin` is empty for an item of another sort. `language` is that of the catalogue's texts; our
    own words are English. `expiry` is AI 17 decoded, and `is_expired` compares it with the day of
    the caller. `serial_warning` is a sentence for people. `linkset_url` and `json_url` are our own;
    nothing else has to be trusted: pages escape every text, follow links to http and https alone,
    and show pictures over https alone.
    """

    gtin: str
    name: str
    canonical_path: str
    linkset_url: str
    json_url: str
    brand: str = ""
    description: str = ""
    image_url: str = ""
    net_content: str = ""
    country_of_origin: str = ""
    lot: str | None = None
    serial: str | None = None
    expiry: date | None = None
    is_expired: bool | None = None
    serial_warning: str | None = None
    links: tuple[PageLink, ...] = ()
    language: str = "en"
