"""What holds of every answer, whatever was asked."""

import re
from typing import Any
from urllib.parse import urlsplit

import orjson

from tests.fuzz.world import ELSEWHERE, TARGET_HOSTS

MAX_LOCATION_BYTES = 8192
_TOKEN = re.compile(rb"[a-z0-9!#$%&'*+.^_`|~-]+")
_VISIBLE = re.compile(rb"[\x20-\x7e]*")
_BODILESS = frozenset({204, 304})


def find_fault(method: str, sent: list[dict[str, Any]]) -> str | None:
    """Return what is wrong with an answer, given as ASGI messages; None when nothing is."""
    if [message["type"] for message in sent] != ["http.response.start", "http.response.body"]:
        return "it is no start and one body"
    status, headers, body = sent[0]["status"], sent[0]["headers"], sent[1]["body"]
    if not 200 <= status < 500:
        return f"status {status}: {body[:200]!r}"
    if status == ELSEWHERE:
        return None
    fields = dict(headers)
    return (
        _find_fault_in_headers(headers)
        or _find_fault_in_location(fields.get(b"location"))
        or _find_fault_in_length(method == "HEAD" or status in _BODILESS, fields, body)
        or _find_fault_in_body(fields.get(b"content-type", b""), body)
    )


def _find_fault_in_headers(headers: list[tuple[bytes, bytes]]) -> str | None:
    for name, value in headers:
        if not _TOKEN.fullmatch(name) or not _VISIBLE.fullmatch(value):
            return f"a header that is none: {name!r}: {value!r}"
    return None


def _find_fault_in_location(location: bytes | None) -> str | None:
    if location is None:
        return None
    if len(location) > MAX_LOCATION_BYTES:
        return f"a Location of {len(location)} bytes"
    parts = urlsplit(location.decode())
    if parts.scheme not in {"http", "https"} or parts.netloc not in TARGET_HOSTS:
        return f"it leads where no rule leads: {location!r}"
    return None


def _find_fault_in_length(is_bodiless: bool, fields: dict[bytes, bytes], body: bytes) -> str | None:
    if is_bodiless:
        return f"a body of {len(body)} bytes" if body else None
    said = fields.get(b"content-length")
    return None if said == b"%d" % len(body) else f"{len(body)} bytes, of which it says {said!r}"


def _find_fault_in_body(content_type: bytes, body: bytes) -> str | None:
    if body and b"json" in content_type:
        try:
            orjson.loads(body)
        except ValueError as error:
            return f"no JSON ({error}): {body[:200]!r}"
    if b"html" in content_type and b"<x-evil" in body.lower():
        return "markup of the request, or of the catalogue, in a page"
    return None
