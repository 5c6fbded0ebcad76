"""Who sends a request: its API key or session, turned into a principal for all that follows."""

from hmac import compare_digest

import asyncpg
import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from product_platform.account import Accounts, Credential, to_csrf_token
from product_platform.kit.answers import answer_error
from product_platform.kit.cookies import CSRF_HEADER, clear_session_cookies, read_session_token
from product_platform.kit.errors import ForbiddenError, UnauthorizedError
from product_platform.kit.services import Services

_READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# By these a person comes to have a session, whatever became of an earlier one.
_BEFORE_SESSIONS = frozenset(
    ("POST", f"/account/api/v1/{name}") for name in ("session", "password", "password-reset")
)
_log = structlog.get_logger()


class AuthenticationMiddleware:
    """Set `scope["principal"]`: None without a credential. A bad credential ends here, in 401.

    Nothing is cached: a key or session is looked up for each request, so it is worth nothing from the
    moment that it is revoked, and its user's organizations are those of this moment.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        services: Services = scope["app"].state.services
        accounts = Accounts(services.clock)
        headers = Headers(scope=scope)
        raw_key = headers.get("x-api-key")
        credential = None if raw_key is None else await accounts.authenticate(services.database, raw_key)
        # There are no access tokens yet, so whoever sends one sends a bad one.
        if credential is None and (raw_key is not None or "authorization" in headers):
            await answer_error(scope, UnauthorizedError())(scope, receive, send)
            return
        token = None if credential else read_session_token(headers, services.settings)
        if token is not None and (scope["method"], scope["path"].rstrip("/")) not in _BEFORE_SESSIONS:
            await self._serve_session(accounts, services, token)(scope, receive, send)
            return
        scope["principal"] = None if credential is None else credential.principal
        await self._app(scope, receive, send)
        if credential is not None:
            await _note_use(accounts, services, credential)

    def _serve_session(self, accounts: Accounts, services: Services, token: str) -> ASGIApp:
        """Return what serves a request that brings a session, and in case of a write the proof of a page."""

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            principal = await accounts.sessions.authenticate(services.database, token)
            if principal is None:
                response = answer_error(scope, UnauthorizedError("The session is over. Log in again."))
                clear_session_cookies(response, services.settings)
                await response(scope, receive, send)
            elif not _is_from_page(scope, token):
                await answer_error(scope, CsrfTokenMissingError())(scope, receive, send)
            else:
                scope["principal"] = principal
                await self._app(scope, receive, send)

        return serve


class CsrfTokenMissingError(ForbiddenError):
    """A write that came with a cookie does not prove that a page of ours sent it."""

    def __init__(self) -> None:
        super().__init__("Send the cookie csrftoken as the header X-CSRFToken, too.")


def _is_from_page(scope: Scope, session_token: str) -> bool:
    if scope["method"] in _READING_METHODS:
        return True
    given = Headers(scope=scope).get(CSRF_HEADER, "")
    return compare_digest(given.encode(), to_csrf_token(session_token).encode())


async def _note_use(accounts: Accounts, services: Services, credential: Credential) -> None:
    """Write down that the key was used; the answer is out, so a failure is nobody's but ours."""
    try:
        await accounts.note_use(services.database, credential)
    except (asyncpg.PostgresError, OSError):
        _log.warning("key_use_not_written", exc_info=True)
