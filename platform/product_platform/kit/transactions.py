"""The one transaction of a request: committed before a success is sent, rolled back by any refusal."""

from contextlib import AsyncExitStack
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from product_platform.kit.audit import note_writes_of
from product_platform.kit.db import Connection, Database
from product_platform.kit.live import note_recorded
from product_platform.kit.services import Services

TRANSACTION: Final = "transaction"
"""Where a request's scope has its transaction."""

_FIRST_REFUSAL = 400


class RollBack(Exception):  # noqa: N818 - it is no error but a wish
    """Ends a transaction as if nothing had happened."""


class RequestTransaction:
    """A transaction that begins when somebody first asks for its connection."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stack = AsyncExitStack()
        self._connection: Connection | None = None

    async def begin(self) -> Connection:
        """Return the connection, in the transaction."""
        if self._connection is None:
            self._connection = await self._stack.enter_async_context(self._database.transaction())
        return self._connection

    async def commit(self, scope: Scope) -> None:
        """Keep what was written, if anything was; raises when the database cannot."""
        if self._connection is not None:
            await note_recorded(scope, self._connection)
        self._connection = None
        await self._stack.aclose()

    async def roll_back(self) -> None:
        """Forget what was written since the last commit."""
        self._connection = None
        wish = RollBack()
        await self._stack.__aexit__(RollBack, wish, None)


class TransactionMiddleware:
    """Give each request its transaction, and end it by what is answered.

    INVARIANT: it is committed before the answer is sent. Otherwise a caller could read its own
    write too early, or hear of a success that never was.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        services: Services = scope["app"].state.services
        transaction = RequestTransaction(services.database)

        async def send_committed(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] < _FIRST_REFUSAL:
                    await transaction.commit(scope)
                else:
                    await transaction.roll_back()
            await send(message)

        with note_writes_of(scope, services.clock):
            try:
                await self._app({**scope, TRANSACTION: transaction}, receive, send_committed)
            finally:
                await transaction.roll_back()
