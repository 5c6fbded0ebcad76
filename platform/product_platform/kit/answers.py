"""How a refusal looks on the wire: the error envelope, or RFC 9457 for those who ask for it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import asyncpg
import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from product_platform.kit.errors import (
    ApiError,
    BadRequestError,
    Detail,
    InvalidError,
    UnauthorizedError,
)
from product_platform.kit.services import Services

PROBLEM = "application/problem+json"

# Refusals that the framework makes; all others are classes of ours.
_HTTP_REFUSALS = {
    400: ("BAD_REQUEST", "The request cannot be read."),
    404: ("NOT_FOUND", "Nothing is served at this path."),
    405: ("METHOD_NOT_ALLOWED", "This path does not have that method."),
    413: ("PAYLOAD_TOO_LARGE", "The body is too large."),
}
_RETRYABLE = {429, 500, 503}
_QUALITY = re.compile(r";\s*q=([01](?:\.\d{0,3})?)", re.IGNORECASE)


class UnsupportedMediaTypeError(ApiError):
    """The body is of a type that the endpoint does not read."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"


class FrameworkError(ApiError):
    """A refusal of the framework, such as an unknown path or method."""

    def __init__(self, status: int) -> None:
        code, message = _HTTP_REFUSALS.get(status, (HTTPStatus(status).name, HTTPStatus(status).description))
        super().__init__(message)
        self.status = status
        self.code = code


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
    services: Services | None = getattr(scope["app"].state, "services", None)
    error_code = error.code.lower()
    body: dict[str, Any] = {
        "type": f"{services.settings.base_url if services else ''}/docs/errors/{error_code}",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.message,
        "error_code": error_code,
        "retryable": error.status in _RETRYABLE,
        "timestamp": _instant(services.clock.now() if services else datetime.now(UTC)),
    }
    details = _details(error)
    return body if details is None else {**body, "errors": details}


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _details(error: ApiError) -> list[dict[str, str]] | None:
    if error.details is None:
        return None
    return [
        {"field": detail.field, "message": detail.message} | ({"code": detail.code} if detail.code else {})
        for detail in error.details
    ]


def install_handlers(app: FastAPI | Starlette) -> None:
    """Make *app* answer every refusal, its own and the framework's, in the forms of this module."""
    app.add_exception_handler(ApiError, _on_api_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(asyncpg.CharacterNotInRepertoireError, _on_unstorable_text)
    app.add_exception_handler(asyncpg.UntranslatableCharacterError, _on_unstorable_text)


async def _on_api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101
    return answer_error(request.scope, error)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    return answer_error(request.scope, FrameworkError(error.status_code), error.headers)


async def _on_unstorable_text(request: Request, _error: Exception) -> Response:
    return answer_error(
        request.scope, BadRequestError("A text contains the character U+0000, which is not stored.")
    )


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    return answer_error(request.scope, _read_invalid(error))


def _read_invalid(error: RequestValidationError) -> ApiError:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return BadRequestError("The body is not JSON.")
    if isinstance(error.body, bytes):  # the framework hands over what it did not read as JSON
        return UnsupportedMediaTypeError("Send the body as application/json.")
    if first["type"] == "missing" and first["loc"] == ("body",):
        return BadRequestError("The body is missing: send a JSON object.")
    return InvalidError([to_detail(problem) for problem in error.errors()])


def to_detail(problem: Mapping[str, Any]) -> Detail:
    """Return what validation found wrong with one field, under its dotted path."""
    cause = problem.get("ctx", {}).get("error")
    message = str(cause) if isinstance(cause, ValueError) else problem["msg"]
    return Detail(_field(problem["loc"]), message, getattr(cause, "code", None))


def _field(location: tuple[str | int, ...]) -> str:
    place, *steps = location
    path = "" if place == "body" else str(place)
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        elif step != "[key]":  # says that a key of a map is wrong; its name comes before
            path += f".{step}" if path else step
    return path or "body"
