"""The database: one pool of connections that speak our JSON, and transactions on it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Self

import asyncpg
import orjson

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool

before_commit: ContextVar[Callable[[Connection], Awaitable[None]] | None] = ContextVar(
    "before_commit", default=None
)
"""What every transaction of the current request does last, such as to note who wrote what."""

# The binary form of jsonb is this version byte and the text.
_JSONB_VERSION = b"\x01"


class Database:
    """A pool of connections to Postgres. Made by `Database.open`, given back by `close`."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    @classmethod
    async def open(cls, url: str, *, max_connections: int = 10) -> Self:
        """Connect to *url*; raises when the database does not answer."""
        return cls(await asyncpg.create_pool(url, min_size=1, max_size=max_connections, init=_speak_json))

    async def close(self) -> None:
        """Wait for the connections in use, then close all of them."""
        await self.pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Lend a connection in a transaction: committed at the end, rolled back by any exception."""
        async with self.pool.acquire() as connection, connection.transaction():
            yield connection
            if (finish := before_commit.get()) is not None:
                await finish(connection)

    @asynccontextmanager
    async def rehearsal(self) -> AsyncIterator[Connection]:
        """Lend a connection in a transaction that is rolled back whatever happens in it."""
        async with self.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                yield connection
            finally:
                await transaction.rollback()


async def get_row(connection: Connection, sql: str, *args: Any) -> asyncpg.Record:
    """Return the row of *sql* that must be there; raises LookupError when it is not."""
    row = await connection.fetchrow(sql, *args)
    if row is None:
        raise LookupError("a row that must exist is absent")
    return row


async def connect(url: str) -> Connection:
    """Open one connection of its own, outside any pool, for locks and for LISTEN."""
    connection = await asyncpg.connect(url)
    await _speak_json(connection)
    return connection


async def _speak_json(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", format="binary", encoder=_to_jsonb, decoder=_from_jsonb
    )


def _to_jsonb(value: Any) -> bytes:
    return _JSONB_VERSION + orjson.dumps(value)


def _from_jsonb(stored: bytes) -> Any:
    return orjson.loads(stored[len(_JSONB_VERSION) :])
