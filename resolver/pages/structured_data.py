"""What pages tell to programs: JSON-LD, the item itself in the words of schema.org."""

from collections.abc import Mapping
from typing import Any

import orjson
from markupsafe import Markup

from resolver.pages.links import web_host
from resolver.pages.model import ItemPage

# Inside a script element only these could end it, or end a line where JSON does not.
_ESCAPES = [(c, f"\\u{ord(c):04x}") for c in "<>&\u2028\u2029"]


def to_product(page: ItemPage) -> Markup:
    """Return the item of *page* as a product."""
    product: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": page.name,
    }
    if page.gtin:
        product["gtin"] = page.gtin
    if page.brand:
        product["brand"] = {"@type": "Brand", "name": page.brand}
    if page.description:
        product["description"] = page.description
    if web_host(page.image_url):
        product["image"] = page.image_url
    if page.country_of_origin:
        product["countryOfOrigin"] = page.country_of_origin
    return to_script(product)


def to_script(document: Mapping[str, Any]) -> Markup:
    """Return *document* so that it can stand inside a script element, whatever its texts hold."""
    script = orjson.dumps(document).decode()
    for character, written in _ESCAPES:
        script = script.replace(character, written)
    return Markup(script)  # noqa: S704 - escaped for its place
