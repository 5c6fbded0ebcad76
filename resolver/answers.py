"""What leaves the edge: a status, headers and a body, with the headers that every answer has."""

from typing import NamedTuple, TypeAlias

import orjson

from resolver.callers import Offers
from resolver.forwarding import MAX_LOCATION_BYTES, escape, forward_query
from resolver.holder import Standing
from resolver.scans import Subject

Headers = list[tuple[bytes, bytes]]

COMMON: tuple[tuple[bytes, bytes], ...] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Link, Location"),
    (b"vary", b"Accept, Accept-Language"),
)
"""On every answer about an identifier (GS1-Conformant Resolver 1.2, clause 2.2)."""

_REDIRECT_HEADERS = ((b"cache-control", b"no-store"), *COMMON, (b"content-length", b"0"))

LINKSET_LINK_END = b'?linkType=linkset>; rel="linkset"; type="application/linkset+json"'
"""What follows the URI of an identifier in the `Link` header that leads to its linkset."""

ALLOWED_METHODS = b"GET, HEAD, OPTIONS"

_LINKSET_CONTEXT_LINK = (
    b'<https://ref.gs1.org/standards/resolver/linkset-context>; rel="http://www.w3.org/ns/json-ld#context"; '
    b'type="application/ld+json"'
)


class Basis(NamedTuple):
    """What an answer about a known item was made from.

    `offers` is what of the answer was left to the caller. It stays as it is until `fresh_s` seconds before
    the next window opens or closes.
    """

    standing: Standing
    offers: Offers | None
    fresh_s: float = 0.0


class Answer(NamedTuple):
    """One answer, ready to be sent.

    About what we know, `key` is the identifier as we spell it and `basis` what the answer was made from;
    `subject` is None when giving it counts as no scan.
    """

    status: int
    headers: Headers
    body: bytes = b""
    key: bytes = b""
    subject: Subject | None = None
    basis: Basis | None = None


Parts: TypeAlias = tuple[int, Headers, bytes, bytes, Subject | None]
"""Status, headers, body, key and subject of an `Answer`; a plain tuple is made in a fourth of the time."""


def linkset_link(uri: str) -> tuple[bytes, bytes]:
    """Return the `Link` header that leads from identifier *uri* to its linkset."""
    return (b"link", b"<%b%b" % (uri.encode(), LINKSET_LINK_END))


def redirect(status: int, location: bytes, uri: bytes) -> Answer:
    """Return the redirect to *location*; it is never cached, for rules change with time."""
    return Answer(status, redirect_headers(location, b"<%b%b" % (uri, LINKSET_LINK_END)))


def redirect_headers(location: bytes, link: bytes) -> Headers:
    """Return the headers of a redirect to *location*, with the *link* to the linkset."""
    return [(b"location", location), (b"link", link), *_REDIRECT_HEADERS]


def delegate(root: str, raw_path: bytes, raw_query: bytes) -> Answer:
    """Return the redirect of a whole request to the resolver at *root* that handles its key.

    The `Link` says so, and there is none to a linkset of ours (GS1-Conformant Resolver 1.2, 2.8).
    """
    uri = root + escape(raw_path)
    location = forward_query(uri, raw_query)
    if len(location) > MAX_LOCATION_BYTES:
        return location_too_long()
    headers = [
        (b"location", location.encode()),
        (b"link", f'<{uri}>; rel="gs1:handledBy"'.encode()),
        (b"cache-control", b"no-store"),
        *COMMON,
        (b"content-length", b"0"),
    ]
    return Answer(307, headers)


def content(status: int, media_type: bytes, body: bytes, headers: Headers | None = None) -> Answer:
    """Return an answer with a body."""
    length = str(len(body)).encode()
    base = [(b"content-type", media_type), (b"content-length", length), *COMMON]
    return Answer(status, base + (headers or []), body)


def linkset(status: int, body: bytes, headers: Headers, *, media_type: bytes) -> Answer:
    """Return a linkset body with the link to its JSON-LD context."""
    return content(status, media_type, body, [(b"link", _LINKSET_CONTEXT_LINK), *headers])


def error(status: int, code: str, message: str, details: object = None) -> Answer:
    """Return a refusal as the JSON envelope that every API of the platform uses."""
    envelope = {"error": {"code": code, "message": message, "status": status, "details": details}}
    return content(status, b"application/json", orjson.dumps(envelope), [(b"cache-control", b"no-store")])


def location_too_long() -> Answer:
    """Return the refusal of a redirect that browsers and proxies would cut."""
    message = f"The target and your query together are over {MAX_LOCATION_BYTES} bytes long."
    return error(414, "URI_TOO_LONG", message)


def page(status: int, body: bytes, security_policy: str, headers: Headers | None = None) -> Answer:
    """Return a page for people."""
    extra = [
        (b"content-security-policy", security_policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"strict-origin-when-cross-origin"),
    ]
    return content(status, b"text/html; charset=utf-8", body, extra + (headers or []))


def preflight(uri: str) -> Answer:
    """Return the answer to OPTIONS for *uri*, which nobody looks up."""
    headers = [
        *COMMON,
        (b"allow", ALLOWED_METHODS),
        (b"access-control-allow-methods", ALLOWED_METHODS),
        (b"access-control-allow-headers", b"*"),
        (b"access-control-max-age", b"86400"),
        linkset_link(uri),
    ]
    return Answer(204, headers)


def method_not_allowed() -> Answer:
    """Return the refusal of a method that does not read."""
    answer = error(405, "METHOD_NOT_ALLOWED", "An identifier can be read with GET, HEAD or OPTIONS only.")
    answer.headers.append((b"allow", ALLOWED_METHODS))
    return answer
