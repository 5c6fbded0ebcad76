"""A keeper at work on a real database and a real bus, and what tests do to these."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

import asyncpg
from redis.asyncio import Redis

from resolver.keeper import Keeper, hold_store
from resolver.table_store import TableStore
from rules_compiler.announcement import CHANNEL, Announcement, to_bytes
from rules_compiler.model import SliceKey
from rules_compiler.snapshot import slice_to_bytes
from rules_compiler.tables import BrandSlice
from tests.conftest import execute
from tests.resolver.plain_files import make_table, read_plainly

DEADLINE_S = 20.0
NOBODY_REDIS = "unix:///nowhere/valkey.sock"
NOBODY_POSTGRES = "postgresql://nobody@/nothing?host=/nowhere"

FIRST, SECOND, THIRD = KEYS = [f"brand/{name}" for name in ("first", "second", "third")]
SLICES = {key: slice_to_bytes(BrandSlice(key, key, "org", {})) for key in KEYS}


async def until(condition: Callable[[], Any]) -> Any:
    """Return the first true answer of *condition*, or fail at the deadline."""
    async with asyncio.timeout(DEADLINE_S):
        while not (answer := condition()):  # noqa: ASYNC110 - no event tells of a file
            await asyncio.sleep(0.01)
    return answer


async def publish(url: str, head: int, slices: Mapping[SliceKey, int | None] | None = None) -> None:
    """Make *head* the newest number, and store slices under the number given for each key.

    A number below 0 deletes the slice under it.
    """
    rows = [
        f"INSERT INTO slices (key, seq, bytes) VALUES ('{key}', {abs(seq or head)},"
        f" {'NULL' if seq is not None and seq < 0 else _literal(SLICES[key])})"
        " ON CONFLICT (key) DO UPDATE SET seq = EXCLUDED.seq, bytes = EXCLUDED.bytes"
        for key, seq in (slices or {}).items()
    ]
    await execute(url, ";".join(["BEGIN", *rows, f"UPDATE publish_head SET seq = {head}", "COMMIT"]))


async def begin_lineage(url: str, first_seq: int, lineage: str) -> None:
    """Let change sets from *first_seq* on be of *lineage*, as a publisher does."""
    await execute(
        url,
        f"DELETE FROM publish_lineages WHERE first_seq >= {first_seq};"
        f" INSERT INTO publish_lineages VALUES ({first_seq}, '{lineage}')",
    )


def _literal(content: bytes) -> str:
    return f"'\\x{content.hex()}'"


async def offer_base(
    url: str,
    folder: Path,
    number: int,
    keys: list[SliceKey],
    *,
    damage: Callable[[bytes], bytes] | None = None,
    is_told: bool = False,
) -> None:
    """Offer a base of *keys*, in pieces; *damage* it on the way, which its digest tells unless *is_told*."""
    store = TableStore(folder)
    name = make_table(store, "base", number, {key: SLICES[key] for key in keys})
    content = (folder / name).read_bytes()
    sent = damage(content) if damage else content
    digest = blake2b(sent if is_told else content, digest_size=16).digest()
    pieces = [sent[start : start + 100] for start in range(0, len(sent), 100)]
    connection = await asyncpg.connect(url)
    async with connection.transaction():
        await connection.execute(
            "INSERT INTO bases (seq, slices, size_bytes, digest, offered_at) VALUES ($1, $2, $3, $4, now())",
            number,
            len(keys),
            len(content),
            digest,
        )
        await connection.executemany(
            "INSERT INTO base_chunks (seq, number, bytes) VALUES ($1, $2, $3)",
            [(number, place, piece) for place, piece in enumerate(pieces)],
        )
    await connection.close()


@asynccontextmanager
async def keeping(
    store: TableStore, *, database_url: str | None, redis_url: str | None
) -> AsyncIterator[Keeper]:
    """Run a keeper inside the block."""
    with hold_store(store):
        keeper = Keeper(store, database_url=database_url, redis_url=redis_url)
        task = asyncio.create_task(keeper.run())
        try:
            yield keeper
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def wait_for_files(store: TableStore, number: int) -> dict[SliceKey, bytes]:
    """Return what the files say once they say it up to *number*."""

    def read() -> tuple[int, dict[SliceKey, bytes]] | None:
        try:
            found = read_plainly(store) if store.read_files() else None
        except FileNotFoundError:  # replaced since the list was read
            return None
        return found if found and found[0] == number else None

    return (await until(read))[1]


def only(*keys: SliceKey) -> dict[SliceKey, bytes]:
    return {key: SLICES[key] for key in keys}


class Bus:
    """Tells whoever listens; what is told before anybody does is held back until then."""

    def __init__(self, redis: Redis, listeners: int = 1) -> None:
        self._redis = redis
        self._listeners = listeners

    async def tell(self, message: Announcement | bytes) -> None:
        packed = to_bytes(message) if isinstance(message, Announcement) else message
        async with asyncio.timeout(DEADLINE_S):
            while (await self._redis.pubsub_numsub(CHANNEL))[0][1] < self._listeners:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await self._redis.publish(CHANNEL, packed)

    async def cut(self) -> None:
        """End every connection that listens."""
        await self._redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
