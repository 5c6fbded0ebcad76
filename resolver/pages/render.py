"""Pages for people, from values to bytes: no request, no clock, no JavaScript."""

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from resolver.pages.kinds import Kind
from resolver.pages.links import ShownLink, group_by_kind, is_hosted_page, shown_links, web_host
from resolver.pages.model import ItemPage
from resolver.pages.structured_data import to_product, to_script
from resolver.pages.wording import country_name, format_date, split_gtin

_STYLE = files("resolver.pages").joinpath("page.css").read_text(encoding="utf-8")

STYLE_HASH = f"sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}"
"""The source expression by which a content security policy admits the one style of our pages."""

CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src '{STYLE_HASH}'; img-src https: data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The policy to send with every page: our style, pictures, and nothing else at all."""

_TEMPLATES = Environment(
    loader=PackageLoader("resolver.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_TEMPLATES.globals.update(style=Markup(_STYLE), Kind=Kind)  # noqa: S704 - our own file
_PRODUCT_PAGE = "gs1:pip"
_SEGMENT_END = re.compile(r"[/?]|$")
_PARAMETER_END = re.compile(r"&|$")


def render_item_page(page: ItemPage) -> bytes:
    """Return what a shopper sees of an item when no rule sends them elsewhere."""
    links = [link for link in shown_links(page) if not is_hosted_page(link.href, page)]
    boards = [link for link in links if link.link_type == _PRODUCT_PAGE]
    groups = group_by_kind(link for link in links if link.link_type != _PRODUCT_PAGE)
    # Our policy admits pictures over https alone; any other would only show as broken.
    has_image = page.image_url.startswith("https://") and web_host(page.image_url) is not None
    padding, number = split_gtin(page.gtin)
    return _render(
        "item.html",
        page=page,
        boards=boards,
        safety=groups.pop(Kind.SAFETY, ()),
        groups=groups.items(),
        has_image=has_image,
        gtin_padding=padding,
        gtin_number=number,
        json_ld=to_product(page),
    )


def render_choices_page(page: ItemPage, document: Mapping[str, Any]) -> bytes:
    """Return the links of *page* as equals of which a person takes one, grouped when of several kinds.

    *document* is the linkset as JSON-LD, for programs that read the page.
    """
    groups = group_by_kind(shown_links(page))
    return _render("choices.html", page=page, groups=groups, json_ld=to_script(document))


def render_not_found_page(path_text: str, reason: str) -> bytes:
    """Return the page for a code that leads nowhere; *reason* is a sentence for people."""
    return _encode(_fill("not_found.html", path_text=path_text, reason=reason))


def render_bad_request_page(code: str, position: int | None, message: str, path_text: str) -> bytes:
    """Return the page for a code that cannot be read.

    The segment or parameter of *path_text* that starts at *position* is marked; a position
    outside the text, or None, marks all of it. *code* and *message* are those of the parser.
    """
    before, marked, after = _split_at(path_text, position)
    place = f" at character {len(before) + 1}" if before or after else ""
    page = _fill(
        "bad_request.html", code=code, message=message, before=before, marked=marked, after=after, place=place
    )
    return _encode(page)


def _split_at(text: str, position: int | None) -> tuple[str, str, str]:
    """Return *text* before, in and after the segment or parameter that starts at *position*."""
    if position is None or not 0 <= position < len(text):
        return "", text, ""
    part_end = _PARAMETER_END if "?" in text[:position] else _SEGMENT_END
    # An empty part starts at its own delimiter, which is marked in its place.
    match = part_end.search(text, position + 1)
    end = match.start() if match else len(text)
    return text[:position], text[position:end], text[end:]


def _rows(links: Iterable[ShownLink], kind: str) -> Markup:
    """Return *links* as the items of a list; there are many on a page, and it consists of little else."""
    return Markup("\n".join([_row(link, kind) for link in links]))  # noqa: S704 - escaped by each row


def _row(link: ShownLink, kind: str) -> str:
    notes = " · ".join([f"<bdi>{escape(note)}</bdi>" for note in (*link.notes, link.host)])
    hreflang = f' hreflang="{escape(link.hreflang)}"' if link.hreflang else ""
    return _fill(
        "link.html",
        kind=kind,
        href=link.href,
        hreflang=Markup(hreflang),  # noqa: S704 - escaped above
        title=link.title,
        notes=Markup(notes),  # noqa: S704 - escaped above
    )


def _fill(template: str, **texts: str) -> str:
    """Render a template that differs in nothing but *texts*, and is asked for again and again."""
    parts = _parts_of(template, tuple(texts))
    written = {name: text if isinstance(text, Markup) else escape(text) for name, text in texts.items()}
    return "".join([part if place % 2 == 0 else written[part] for place, part in enumerate(parts)])


@cache
def _parts_of(template: str, names: tuple[str, ...]) -> list[str]:
    """Return the text of a template between the places to fill, and their names, by turns."""
    page = _TEMPLATES.get_template(template).render({name: f"\0{name}\0" for name in names})
    return page.split("\0")


def _render(template: str, **values: object) -> bytes:
    return _encode(_TEMPLATES.get_template(template).render(values))


def _encode(page: str) -> bytes:
    return page.encode("utf-8", "replace")


_TEMPLATES.filters.update(date=format_date, country=country_name, rows=_rows)
