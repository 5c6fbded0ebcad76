"""Tell what the edge would answer to a request, and why: the edge's own answer beside the reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from product_platform.digital_link import Explanations
from product_platform.kit.db import Connection
from resolver.holder import Holder
from resolver.hosts import Hosts
from resolver.request import Request, to_query
from resolver.resolve import Resolver
from resolver.settings import EdgeSettings
from rules_compiler.compiler import compile_catalogue
from rules_compiler.explain import Explanation, Reason, explain
from rules_compiler.gs1 import EDGE, DigitalLink, DigitalLinkError, parse_path
from rules_compiler.model import Catalogue


@dataclass(frozen=True, slots=True)
class Question:
    """A request as somebody asks about it: an absolute URI or a path, and what a client would send."""

    uri: str
    at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    country: str | None = None


async def explain_request(
    connection: Connection, question: Question, *, settings: EdgeSettings, explanations: Explanations
) -> dict[str, Any]:
    """Return the answer to *question* with every rule considered, from the rules stored now."""
    request = _to_request(question, settings)
    try:
        link = parse_path(request.raw_path, request.raw_query, EDGE)
    except DigitalLinkError as error:
        problem = {"code": error.code, "position": error.position, "message": error.message}
        return {"uri": question.uri, "status": 400, "location": None, "winner": None, "error": problem}
    catalogue, head = await explanations.load(connection, link.ais)
    at = question.at.timestamp()
    explanation = explain(catalogue, to_query(link, request, at))
    status, location = _ask_edge(catalogue, request, at, settings)
    return _to_report(question, link, explanation) | {"table": head, "status": status, "location": location}


def _to_request(question: Question, settings: EdgeSettings) -> Request:
    parts = urlsplit(question.uri)
    headers = {name.lower(): value.encode() for name, value in question.headers.items()}
    country = question.country.upper() if question.country else None
    return Request(
        method="GET",
        host=b"",
        scheme=b"",
        raw_path=parts.path.encode().removeprefix(settings.root_path),
        raw_query=parts.query.encode(),
        accept=headers.get("accept", b""),
        accept_language=headers.get("accept-language", b""),
        user_agent=b"",
        if_none_match=b"",
        debug=b"",
        country=country,
    )


def _ask_edge(
    catalogue: Catalogue, request: Request, at: float, settings: EdgeSettings
) -> tuple[int, str | None]:
    holder = Holder(lambda: at)
    holder.replace(compile_catalogue(catalogue))
    resolver = Resolver(holder, settings, now=lambda: at, record=lambda _scan: None)
    answer = resolver.answer(request, Hosts(holder, settings).default)
    location = dict(answer.headers).get(b"location")
    return answer.status, location.decode() if location else None


def _to_report(question: Question, link: DigitalLink, explanation: Explanation) -> dict[str, Any]:
    winner = explanation.decision.rule_id
    return {
        "uri": question.uri,
        "at": question.at.isoformat().replace("+00:00", "Z"),
        "key": link.slice_key,
        "outcome": explanation.decision.outcome,
        "winner": {"rule_id": winner} if winner else None,
        "choices": list(explanation.decision.choices),
        "rules": [_to_row(reason) for reason in explanation.reasons],
        "error": None,
    }


def _to_row(reason: Reason) -> dict[str, Any]:
    rule = reason.rule
    return {
        "rule_id": rule.id,
        "scope_type": rule.scope_type,
        "order_index": rule.order_index,
        "link_type": rule.link_type,
        "target": rule.custom_url,
        "reason": reason.code,
        "message": reason.sentence,
    }
