"""Who sends a request: the API key in its header, turned into a principal for all that follows."""

import asyncpg
import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from product_platform.account import Accounts, Credential
from product_platform.kit.answers import answer_error
from product_platform.kit.errors import UnauthorizedError
from product_platform.kit.services import Services

_log = structlog.get_logger()


class AuthenticationMiddleware:
    """Set `scope["principal"]`: None without a credential. A bad credential ends here, in 401.

    Nothing is cached: a key is looked up for each request, so it is worth nothing from the moment
    that it is revoked, and its user's organizations are those of this moment.
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
        scope["principal"] = None if credential is None else credential.principal
        await self._app(scope, receive, send)
        if credential is not None:
            await _note_use(accounts, services, credential)


async def _note_use(accounts: Accounts, services: Services, credential: Credential) -> None:
    """Write down that the key was used; the answer is out, so a failure is nobody's but ours."""
    try:
        await accounts.note_use(services.database, credential)
    except (asyncpg.PostgresError, OSError):
        _log.warning("key_use_not_written", exc_info=True)
