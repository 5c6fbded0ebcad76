"""Events: how a lower domain tells higher ones, which it does not know, what has happened."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from product_platform.kit.db import Connection

E = TypeVar("E")
Handler = Callable[[Connection, E], Awaitable[None]]


class Events:
    """Who wants to hear of what. Filled once, when a process is put together."""

    def __init__(self) -> None:
        self._handlers: dict[type, list[Handler[Any]]] = defaultdict(list)

    def on(self, kind: type[E], handler: Handler[E]) -> None:
        """Have *handler* called for each event of exactly this kind, after those that came before it."""
        self._handlers[kind].append(handler)

    async def announce(self, connection: Connection, event: object) -> None:
        """Let everybody who wants to hear of *event* do so in the caller's transaction, one after another.

        What a handler raises reaches the caller, so that either all of it happens or nothing.
        """
        for handler in self._handlers[type(event)]:
            await handler(connection, event)
