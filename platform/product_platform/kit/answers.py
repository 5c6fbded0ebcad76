"""How a refusal looks on the wire: the error envelope, or RFC 9457 for those who ask for it."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

import orjson
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from product_platform.kit.errors import ApiError, RateLimitedError, UnauthorizedError
from product_platform.kit.services import Services

PROBLEM = "application/problem+json"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

_ALWAYS = "refuses_in_problems"
RETRYABLE = frozenset({429, 500, 503})
"""The same request can succeed later when it is answered with one of these."""

_QUALITY = re.compile(r";\s*q=([01](?:\.\d{0,3})?)", re.IGNORECASE)


def answer_error(scope: Scope, error: ApiError, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer that *error* is, in the form that the request accepts."""
    accept = Headers(scope=scope).get("accept", "")
    is_problem = getattr(scope.get("endpoint"), _ALWAYS, False) or wants_problem(accept)
    body = _problem(scope, error) if is_problem else _envelope(error)
    media_type = PROBLEM if is_problem else "application/json"
    answer_headers = dict(headers or {})
    if isinstance(error, UnauthorizedError):
        answer_headers["WWW-Authenticate"] = 'ApiKey realm="api"'
    if isinstance(error, RateLimitedError):
        answer_headers["Retry-After"] = str(error.retry_after_s)
    return Response(orjson.dumps(body), error.status, answer_headers, media_type)


def refuses_in_problems(endpoint: Endpoint) -> Endpoint:
    """Let *endpoint* refuse in problem documents, whatever the request accepts."""
    setattr(endpoint, _ALWAYS, True)
    return endpoint


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
    return {"error": body | _retry(error)}


def _problem(scope: Scope, error: ApiError) -> dict[str, Any]:
    services: Services = scope["app"].state.services
    error_code = error.code.lower()
    body: dict[str, Any] = {
        "type": f"{services.settings.base_url}/docs/errors/{error_code}",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.message,
        "error_code": error_code,
        "retryable": error.status in RETRYABLE,
        "timestamp": services.clock.now().isoformat().replace("+00:00", "Z"),
    }
    details = _details(error)
    return body | _retry(error) | ({} if details is None else {"errors": details})


def _retry(error: ApiError) -> dict[str, int]:
    return {"retry_after_seconds": error.retry_after_s} if isinstance(error, RateLimitedError) else {}


def _details(error: ApiError) -> list[dict[str, str]] | None:
    if error.details is None:
        return None
    return [
        {"field": detail.field, "message": detail.message} | ({"code": detail.code} if detail.code else {})
        for detail in error.details
    ]
