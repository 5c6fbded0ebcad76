"""What the path of a Digital Link says, for whoever has scanned one."""

from dataclasses import replace

from product_platform.products.schemas.codes import DigitalLinkParseOut
from rules_compiler.gs1 import LENIENT, DigitalLinkError, parse_uri

_ANY_FORM = replace(LENIENT, stem=True)


def parse_digital_link(url: str) -> DigitalLinkParseOut:
    """Return the identifiers in the path of *url*, in whatever order they stand; its query is ignored."""
    try:
        link = parse_uri(url.partition("#")[0].partition("?")[0], _ANY_FORM)
    except DigitalLinkError:
        return DigitalLinkParseOut(is_valid=False, url=url)
    return DigitalLinkParseOut(
        is_valid=True,
        url=url,
        gtin=link.get("01"),
        lot=link.get("10"),
        expiry=link.get("17"),
        serial=link.get("21"),
        raw_ais=dict(link.elements),
    )
