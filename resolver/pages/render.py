"""Pages for people, from values to bytes: no request, no clock, no JavaScript."""

import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from itertools import chain
from typing import Any

from resolver.pages.filling import STYLE, fill
from resolver.pages.kinds import Kind
from resolver.pages.links import group_by_kind, is_hosted_page, shown_links, web_host
from resolver.pages.model import ItemPage
from resolver.pages.rows import write_groups, write_rows
from resolver.pages.structured_data import to_product, to_script
from resolver.pages.wording import country_name, format_date, split_gtin

STYLE_HASH = f"sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}"
"""The source expression by which a content security policy admits the one style of our pages."""

CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src '{STYLE_HASH}'; img-src https: data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The policy to send with every page: our style, pictures, and nothing else at all."""

_PRODUCT_PAGE = "gs1:pip"
_SEGMENT_END = re.compile(r"[/?]|$")
_PARAMETER_END = re.compile(r"&|$")


def render_item_page(page: ItemPage) -> bytes:
    """Return what a shopper sees of an item when no rule sends them elsewhere."""
    links = [link for link in shown_links(page) if not is_hosted_page(link.href, page)]
    boards = [link for link in links if link.link_type == _PRODUCT_PAGE]
    groups = group_by_kind(link for link in links if link.link_type != _PRODUCT_PAGE)
    safety = {Kind.SAFETY: groups.pop(Kind.SAFETY)} if Kind.SAFETY in groups else {}
    # Our policy admits pictures over https alone; any other would only show as broken.
    has_image = page.image_url.startswith("https://") and web_host(page.image_url) is not None
    return fill(
        "item.html",
        **_facts(page),
        name=page.name,
        language=page.language,
        json_url=page.json_url,
        linkset_url=page.linkset_url,
        image_url=page.image_url if has_image else "",
        boards=write_rows(boards, "board"),
        safety=write_groups(safety),
        groups=write_groups(groups),
        json_ld=to_product(page),
    )


def render_choices_page(page: ItemPage, document: Mapping[str, Any]) -> bytes:
    """Return the links of *page* as equals of which a person takes one, grouped when of several kinds.

    *document* is the linkset as JSON-LD, for programs that read the page.
    """
    groups = group_by_kind(shown_links(page))
    is_grouped = len(groups) > 1
    return fill(
        "choices.html",
        name=page.name,
        language=page.language,
        linkset_url=page.linkset_url,
        boards="" if is_grouped else write_rows(chain.from_iterable(groups.values()), "board"),
        groups=write_groups(groups) if is_grouped else "",
        json_ld=to_script(document),
    )


def render_not_found_page(path_text: str, reason: str) -> bytes:
    """Return the page for a code that leads nowhere; *reason* is a sentence for people."""
    return fill("not_found.html", path_text=path_text, reason=reason)


def render_bad_request_page(code: str, position: int | None, message: str, path_text: str) -> bytes:
    """Return the page for a code that cannot be read.

    The segment or parameter of *path_text* that starts at *position* is marked; a position
    outside the text, or None, marks all of it. *code* and *message* are those of the parser.
    """
    before, marked, after = _split_at(path_text, position)
    place = f" at character {len(before) + 1}" if before or after else ""
    return fill(
        "bad_request.html", code=code, message=message, before=before, marked=marked, after=after, place=place
    )


def _facts(page: ItemPage) -> dict[str, str]:
    """Return what *page* says of its item and of the code, each fact a text, empty where it is unknown."""
    padding, number = split_gtin(page.gtin)
    expiry = page.expiry
    return {
        "brand": page.brand,
        "description": page.description,
        "net_content": page.net_content,
        "country": country_name(page.country_of_origin),
        "lot": page.lot or "",
        "serial": page.serial or "",
        "serial_warning": page.serial_warning or "",
        "expiry": format_date(expiry) if expiry else "",
        "expiry_iso": expiry.isoformat() if expiry else "",
        "is_expired": "yes" if expiry and page.is_expired else "",
        "gtin": page.gtin,
        "gtin_padding": padding,
        "gtin_number": number,
    }


def _split_at(text: str, position: int | None) -> tuple[str, str, str]:
    """Return *text* before, in and after the segment or parameter that starts at *position*."""
    if position is None or not 0 <= position < len(text):
        return "", text, ""
    part_end = _PARAMETER_END if "?" in text[:position] else _SEGMENT_END
    # An empty part starts at its own delimiter, which is marked in its place.
    match = part_end.search(text, position + 1)
    end = match.start() if match else len(text)
    return text[:position], text[position:end], text[end:]
