"""What every request passes: an id, the last resort for errors, HEAD, and the limit of the body."""

import re
from secrets import token_hex

import asyncpg
import structlog
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from product_platform.kit.answers import answer_error
from product_platform.kit.errors import ApiError, UnauthorizedError
from product_platform.kit.operations import find_operation
from product_platform.kit.refusals import FrameworkError

MAX_BODY_BYTES = 1 << 20
# A form with one file of 10 MiB, and what a form needs besides.
MAX_UPLOAD_BYTES = 10 << 20
MAX_FORM_BYTES = MAX_UPLOAD_BYTES + (64 << 10)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
# A connection that breaks in the middle of a request shows as an error of the driver itself.
_DATABASE_AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
_log = structlog.get_logger()


class InternalError(ApiError):
    """Something of ours failed; what it was stands in the log under the id of the request."""

    def __init__(self) -> None:
        super().__init__("Something went wrong on our side. Try again, or report the X-Request-ID.")


class UnavailableError(ApiError):
    """The database does not answer; it may do so again soon."""

    status = 503
    code = "SERVICE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("The service is unavailable at the moment. Try again.")


class RequestMiddleware:
    """Name every request, and answer what nobody else has: refusals on the way to an endpoint, and 500.

    The id of a request is its own X-Request-ID when that is well-formed. Applications may be
    mounted in one another: the outermost names the request, the innermost catches the error.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_outermost = "request_id" not in scope
        if is_outermost:
            scope["request_id"] = _request_id(scope)
        has_started = False

        async def send_named(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                if is_outermost:
                    message["headers"] = [
                        *message["headers"],
                        (b"x-request-id", scope["request_id"].encode()),
                    ]
            await send(message)

        try:
            await self._app(scope, receive, send_named)
        except (ApiError, HTTPException) as error:
            if has_started:
                raise
            refusal = error if isinstance(error, ApiError) else FrameworkError(error.status_code)
            await answer_error(scope, refusal)(scope, receive, send_named)
        except Exception as error:  # the edge of a request: whatever it was, it is logged and answered
            _log.exception("request_failed", request_id=scope["request_id"], path=scope["path"])
            if has_started:
                raise
            failure = UnavailableError() if isinstance(error, _DATABASE_AWAY) else InternalError()
            await answer_error(scope, failure)(scope, receive, send_named)


class CredentialMiddleware:
    """Refuse a stranger where a credential is needed, before anything of the request is read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        operation = find_operation(scope)
        if operation is not None and operation.needs_credential and scope.get("principal") is None:
            await answer_error(scope, UnauthorizedError())(scope, receive, send)
            return
        await self._app(scope, receive, send)


class HeadMiddleware:
    """Answer HEAD wherever GET is answered, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, send_head)


class BodyLimitMiddleware:
    """Refuse a body as soon as more of it has come in than is allowed; a form may bring a file."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        size_bytes = 0
        is_form = scope["type"] == "http" and _is_form(Headers(scope=scope))
        limit_bytes = MAX_FORM_BYTES if is_form else MAX_BODY_BYTES

        async def receive_limited() -> Message:
            nonlocal size_bytes
            message = await receive()
            size_bytes += len(message.get("body", b""))
            if size_bytes > limit_bytes:
                raise HTTPException(413)
            return message

        await self._app(scope, receive_limited, send)


def _is_form(headers: Headers) -> bool:
    return headers.get("content-type", "").lower().startswith("multipart/form-data")


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else token_hex(16)
