"""`Prefer: live`: answer a write when every edge worker serves what it changed.

At the deadline the answer goes out all the same, for the write has happened; it names the
workers that do not serve it yet.
"""

import asyncio
from collections.abc import MutableMapping, Sequence
from typing import Any

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from product_platform.kit.db import Connection
from product_platform.kit.outbox import find_table, read_recorded
from product_platform.kit.services import Services
from rules_compiler.heartbeat import WORKERS, served_key

_WAIT_S = 2
_MAX_WAIT_S = 10
_POLL_S = 0.01
_WRITING_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_RECORDED = "live_recorded"

_LIVE = (b"preference-applied", b"live")
_MISSING = b"signpost-missing"
# Stands for the workers when it cannot be told who they are.
_ALL = ("*",)


class LiveMiddleware:
    """Hold back the success of a write that asks for it, until it is live or the time is up."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        wait_s = read_wait(scope)
        if wait_s is None:
            await self._app(scope, receive, send)
            return
        transactions: list[list[int]] = []
        scope[_RECORDED] = transactions

        async def send_when_live(message: Message) -> None:
            # An answer without a committed transaction is a refusal, or of something else than edges serve.
            if message["type"] == "http.response.start" and transactions:
                recorded = [change for transaction in transactions for change in transaction]
                missing = await wait_until_live(scope["app"].state.services, recorded, wait_s)
                header = (_MISSING, ", ".join(missing).encode()) if missing else _LIVE
                message = {**message, "headers": [*message["headers"], header]}
            await send(message)

        await self._app(scope, receive, send_when_live)


def read_wait(scope: Scope) -> int | None:
    """Return for how many seconds at most a write wants to wait until it is live; None for not at all."""
    if scope["type"] != "http" or scope["method"] not in _WRITING_METHODS:
        return None
    wanted = ",".join(Headers(scope=scope).getlist("prefer"))
    pairs = (part.partition(";")[0].partition("=") for part in wanted.split(","))
    preferences = {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
    if "live" not in preferences:
        return None
    wait = preferences.get("wait", "")
    return min(int(wait), _MAX_WAIT_S) if wait.isascii() and wait.isdecimal() else _WAIT_S


async def note_recorded(scope: MutableMapping[str, Any], connection: Connection) -> None:
    """Remember what the transaction of a request is about to commit, if the request waits for it."""
    if _RECORDED in scope:
        scope[_RECORDED].append(await read_recorded(connection))


async def wait_until_live(services: Services, recorded: Sequence[int], wait_s: float) -> Sequence[str]:
    """Return when every live worker serves what was *recorded*; at the deadline, who does not."""
    missing: Sequence[str] = _ALL
    clock = asyncio.get_running_loop()
    deadline = clock.time() + wait_s
    try:
        async with asyncio.timeout_at(deadline):
            seq = None
            # The client of the bus may lose the timeout, before Python 3.11.3.
            while missing and clock.time() <= deadline:
                if seq is None:
                    async with services.database.pool.acquire() as connection:
                        seq = await find_table(connection, recorded)
                missing = await _find_missing(services.bus, seq)
                if missing:
                    await asyncio.sleep(_POLL_S)
    # What is told here is no reason to take a success back.
    except (OSError, RedisError, asyncpg.PostgresError, asyncpg.InterfaceError):
        pass
    return missing


async def _find_missing(bus: Redis, seq: int | None) -> Sequence[str]:
    """Return the live workers that serve an older table than *seq*; all of them while that is None."""
    names: list[Any] = await bus.zrange(WORKERS, 0, -1)
    workers: list[str] = [name.decode() for name in names]
    numbers = await bus.mget([served_key(worker) for worker in workers]) if workers else []
    live = {worker: int(number) for worker, number in zip(workers, numbers, strict=True) if number}
    if seq is None:
        return tuple(live) or _ALL
    return [worker for worker, number in live.items() if number < seq]
