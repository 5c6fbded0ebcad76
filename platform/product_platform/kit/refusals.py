"""How an application refuses: one handler for each kind of exception, all with the same answer."""

from http import HTTPStatus
from typing import cast

import asyncpg
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from product_platform.kit.answers import answer_error
from product_platform.kit.details import to_detail, to_path
from product_platform.kit.errors import ApiError, BadRequestError, InvalidError

_NUL_REFUSALS = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
_HALF_A_CHARACTER = "surrogates not allowed"
_UNSTORABLE = "A text has a character that cannot be stored."

# Refusals that the framework makes; all others are classes of ours.
_FRAMEWORK_REFUSALS = {
    400: ("BAD_REQUEST", "The body cannot be read."),
    413: ("PAYLOAD_TOO_LARGE", "The body is larger than 1 MiB, or its file than 10 MiB."),
}


class UnsupportedMediaTypeError(ApiError):
    """The body is of a type that the endpoint does not read."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"


class FrameworkError(ApiError):
    """A refusal of the framework, such as an unknown path or method."""

    def __init__(self, status: int) -> None:
        fallback = (HTTPStatus(status).name, HTTPStatus(status).description)
        self.status = status
        self.code, message = _FRAMEWORK_REFUSALS.get(status, fallback)
        super().__init__(message)


def install_handlers(app: FastAPI | Starlette) -> None:
    """Make *app* answer every refusal, its own and the framework's, by the conventions."""
    app.add_exception_handler(ApiError, _on_api_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(asyncpg.DataError, _on_data_error)
    app.add_exception_handler(UnicodeEncodeError, _on_unicode_error)


async def _on_api_error(request: Request, error: Exception) -> Response:
    return answer_error(request.scope, cast("ApiError", error))


async def _on_http_exception(request: Request, error: Exception) -> Response:
    return answer_error(request.scope, FrameworkError(cast("HTTPException", error).status_code))


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    return answer_error(request.scope, _read_invalid(cast("RequestValidationError", error)))


async def _on_data_error(request: Request, error: Exception) -> Response:
    # JSON can say both: the character U+0000, and one half of a pair that makes a character.
    is_unstorable = isinstance(error, _NUL_REFUSALS) or _HALF_A_CHARACTER in str(error.__cause__)
    if not is_unstorable:
        raise error
    return answer_error(request.scope, BadRequestError(_UNSTORABLE))


async def _on_unicode_error(request: Request, error: Exception) -> Response:
    if cast("UnicodeEncodeError", error).reason != _HALF_A_CHARACTER:
        raise error
    return answer_error(request.scope, BadRequestError(_UNSTORABLE))


def _read_invalid(error: RequestValidationError) -> ApiError:
    problems = error.errors()
    first = problems[0]
    if first["type"] == "json_invalid":
        return BadRequestError("The body is not JSON.")
    if isinstance(error.body, bytes):  # the framework hands over what it did not read as JSON
        return UnsupportedMediaTypeError("Send the body as application/json.")
    if first["type"] == "missing" and first["loc"] == ("body",):
        return BadRequestError("The body is missing: send a JSON object.")
    # What several read of a request is wrong once.
    details = [to_detail(problem, _to_field(problem["loc"])) for problem in problems]
    return InvalidError(list(dict.fromkeys(details)))


def _to_field(location: tuple[str | int, ...]) -> str:
    """Return the path of a field; one in the body does not name the body."""
    is_in_body = location[0] == "body"
    return to_path(location[1:] if is_in_body else location) or "body"
