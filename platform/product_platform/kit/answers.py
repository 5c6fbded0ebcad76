"""How a refusal looks on the wire: the error envelope, or RFC 9457 for those who ask for it."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from product_platform.kit.errors import ApiError, UnauthorizedError
from product_platform.kit.services import Services

PROBLEM = "application/problem+json"

_RETRYABLE = {429, 500, 503}
_QUALITY = re.compile(r";\s*q=([01](?:\.\d{0,3})?)", re.IGNORECASE)


def answer_error(scope: Scope, error: ApiError, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer that *error* is, in the form that the request accepts."""
    accept = Headers(scope=scope).get("accept", "")
    is_problem = wants_problem(accept)
    body = _problem(scope, error) if is_problem else _envelope(error)
    media_type = PROBLEM if is_problem else "application/json"
    answer_headers = dict(headers or {})
    if error.status == UnauthorizedError.status:
        answer_headers["WWW-Authenticate"] = 'ApiKey realm="api"'
    return Response(orjson.dumps(body), error.status, answer_headers, media_type)


def wants_problem(accept: str) -> bool:
    """Tell whether `Accept` names problem documents with a quality not below that of JSON."""
    qualities: dict[str, float] = {}
    for item in accept.lower().split(","):
        quality = _QUALITY.search(item)
        qualities[item.partition(";")[0].strip()] = float(quality[1]) if quality else 1.0
    ranges = ("application/json", "application/*", "*/*")
    json_quality = next((qualities[range_] for range_ in ranges if range_ in qualities), 0.0)
    return 0 < qualities.get(PROBLEM, 0.0) >= json_quality


def _envelope(error: ApiError) -> dict[str, Any]:
    body = {"code": error.code, "message": error.message, "status": error.status, "details": _details(error)}
    return {"error": body}


def _problem(scope: Scope, error: ApiError) -> dict[str, Any]:
    services: Services = scope["app"].state.services
    error_code = error.code.lower()
    body: dict[str, Any] = {
        "type": f"{services.settings.base_url}/docs/errors/{error_code}",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.message,
        "error_code": error_code,
        "retryable": error.status in _RETRYABLE,
        "timestamp": services.clock.now().isoformat().replace("+00:00", "Z"),
    }
    details = _details(error)
    return body if details is None else {**body, "errors": details}


def _details(error: ApiError) -> list[dict[str, str]] | None:
    if error.details is None:
        return None
    return [
        {"field": detail.field, "message": detail.message} | ({"code": detail.code} if detail.code else {})
        for detail in error.details
    ]
