"""What the command line says of one URI."""

from dataclasses import replace
from typing import Any

from rules_compiler.gs1.errors import DigitalLinkError
from rules_compiler.gs1.options import STRICT
from rules_compiler.gs1.parser import parse_uri


def to_report(uri: str, *, short_gtin: bool) -> dict[str, Any]:
    """Return the verdict of the strict parser on *uri* as a JSON object.

    Its members are `uri`, `valid`, `elements` (pairs, empty when refused), `canonical` (None when
    refused) and `error` (None when valid, else `code`, `position` and `message`).
    """
    try:
        link = parse_uri(uri, replace(STRICT, short_gtin=short_gtin))
    except DigitalLinkError as error:
        refusal = {"code": error.code, "position": error.position, "message": error.message}
        return {"uri": uri, "valid": False, "elements": [], "canonical": None, "error": refusal}
    elements = [list(element) for element in link.elements]
    return {"uri": uri, "valid": True, "elements": elements, "canonical": link.canonical_uri, "error": None}
