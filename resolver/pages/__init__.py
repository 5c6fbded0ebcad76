"""The pages that people see: an item, a choice of links, a code unknown or unreadable."""

from resolver.pages.model import ItemPage, PageLink
from resolver.pages.render import (
    CONTENT_SECURITY_POLICY,
    STYLE_HASH,
    render_bad_request_page,
    render_choices_page,
    render_item_page,
    render_not_found_page,
)

__all__ = [
    "CONTENT_SECURITY_POLICY",
    "STYLE_HASH",
    "ItemPage",
    "PageLink",
    "render_bad_request_page",
    "render_choices_page",
    "render_item_page",
    "render_not_found_page",
]
