"""The answers to a request for a known item: redirect, linkset, JSON, choices, or what there is instead."""

from hashlib import blake2b
from typing import Any

import orjson

from resolver import answers
from resolver.answers import Answer
from resolver.exchange import Exchange
from resolver.forwarding import MAX_LOCATION_BYTES, forward_query
from resolver.item_facts import read_facts
from resolver.item_page import item_page, page_links
from resolver.json_ld import to_json_ld
from resolver.linkset import build_linkset, choices_linkset
from resolver.negotiate import Representation, choose_representation, wants_page
from resolver.pages import CONTENT_SECURITY_POLICY, render_choices_page
from rules_compiler.decide import Verdict

LINKSET_SECONDS = 60
"""How long a linkset may be cached at most; less when a window opens or closes sooner."""

_NO_STORE = (b"cache-control", b"no-store")
_LINKSET = b"application/linkset+json"
_JSON_LD = b"application/ld+json"


def redirect(exchange: Exchange, verdict: Verdict) -> Answer:
    """Return the redirect to where *verdict* leads, with the query of the request passed on."""
    return _redirect_to((verdict.winner and verdict.winner.url) or exchange.hosted_url, exchange)


def verification(exchange: Exchange) -> Answer:
    """Return the redirect to the verification of the serial, known or not."""
    link = exchange.verification
    return _redirect_to(link.href if link else exchange.hosted_url, exchange)


def _redirect_to(target: str, exchange: Exchange) -> Answer:
    profile = exchange.profile
    location = forward_query(target, exchange.request.raw_query) if profile.forwards_query else target
    if len(location) > MAX_LOCATION_BYTES:
        return answers.location_too_long()
    return answers.redirect(profile.redirect_status, location.encode(), exchange.uri.encode())


def linkset(exchange: Exchange) -> Answer:
    """Return all links of the item, as a linkset or as a page of them."""
    members, accept = _members(exchange), exchange.query.accept
    representation = choose_representation(accept)
    if representation is Representation.REDIRECT and wants_page(accept):
        return _choices_page(200, exchange, members)
    is_json_ld = representation is Representation.JSON_LD
    body = orjson.dumps(to_json_ld(members) if is_json_ld else {"linkset": members})
    etag = b'"%s"' % blake2b(body, digest_size=12).hexdigest().encode()
    max_age = int(min(LINKSET_SECONDS, exchange.composition.until - exchange.query.at))
    headers = [(b"etag", etag), (b"cache-control", b"public, max-age=%d" % max_age)]
    if etag in exchange.request.if_none_match:
        return Answer(304, [*answers.COMMON, *headers])
    return answers.linkset(200, body, headers, media_type=_JSON_LD if is_json_ld else _LINKSET)


def choices(exchange: Exchange, verdict: Verdict) -> Answer:
    """Return 300 with the candidates between which nothing in the request decides."""
    members = choices_linkset(exchange.composition, verdict.choices, exchange.uri, exchange.hosted_url)
    if wants_page(exchange.query.accept):
        return _choices_page(300, exchange, members)
    headers = [_NO_STORE, answers.linkset_link(exchange.uri)]
    return answers.linkset(300, orjson.dumps({"linkset": members}), headers, media_type=_LINKSET)


def no_such_link(exchange: Exchange) -> Answer:
    """Return 404 for a link type that the item does not have, with the links that it has."""
    members = _members(exchange)
    if wants_page(exchange.query.accept):
        return _choices_page(404, exchange, members)
    message = f"This item has no link of type {exchange.query.link_type!r}. The details list what there is."
    answer = answers.error(404, "LINK_TYPE_NOT_FOUND", message, {"linkset": members})
    answer.headers.append(answers.linkset_link(exchange.uri))
    return answer


def product_json(exchange: Exchange, verdict: Verdict) -> Answer:
    """Return the facts of the item, how the URI was read, and where a person would be sent now."""
    uri, composition, ais = exchange.uri, exchange.composition, dict(exchange.link.elements)
    entry = verdict.winner.entry if verdict.winner else None
    url = verdict.winner.url if verdict.winner else None
    body = {
        **read_facts(composition.item, exchange.table),
        "digital_link": {
            "uri": uri,
            "gtin": ais.get("01"),
            "lot": ais.get("10"),
            "serial": ais.get("21"),
            "expiry": ais.get("17"),
            "ais": ais,
        },
        "resolution": {
            "destination_type": "CUSTOM_URL" if url else "HOSTED_PAGE",
            "url": url or exchange.hosted_url,
            "rule_id": entry.rule_id if entry else None,
            "scope_type": entry.scope if entry else None,
            "link_type": entry.link_type if entry else None,
        },
        "linkset": _members(exchange),
    }
    headers = [_NO_STORE, answers.linkset_link(uri)]
    return answers.content(200, b"application/json", orjson.dumps(body), headers)


def _members(exchange: Exchange) -> list[dict[str, Any]]:
    return build_linkset(exchange.composition, exchange.root, exchange.verification)


def _choices_page(status: int, exchange: Exchange, members: list[dict[str, Any]]) -> Answer:
    page = item_page(exchange, page_links(members))
    headers = [_NO_STORE, answers.linkset_link(exchange.uri)]
    body = render_choices_page(page, to_json_ld(members))
    return answers.page(status, body, CONTENT_SECURITY_POLICY, headers)
