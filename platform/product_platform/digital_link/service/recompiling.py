"""Compile everything anew, after slices have come to be written in another way."""

from collections.abc import Awaitable, Callable

from product_platform.digital_link.repository import publication
from product_platform.kit.db import Database
from product_platform.kit.outbox import read_recorded, record_changes
from rules_compiler.model import SliceKey

# An edit that comes meanwhile waits until so many slices are compiled: a few tenths of a second.
_AT_ONCE = 1_000

Pause = Callable[[], Awaitable[object]]


async def recompile(
    database: Database,
    *,
    after: SliceKey = "",
    pause: Pause,
    on_progress: Callable[[int, SliceKey], None],
) -> int:
    """Have all slices compiled by a publisher, in the order of their keys, and return how many.

    The next portion is put into the outbox when the publisher is done with the last one; meanwhile this
    calls *pause* again and again. *on_progress* hears how many are done and which the last one is: begin
    *after* that one to go on.
    """
    done = 0
    async with database.pool.acquire() as connection:
        while keys := await publication.fetch_keys(connection, after, _AT_ONCE):
            async with connection.transaction():
                # In nobody's name: a slice that no longer compiles holds back no other.
                await record_changes(connection, keys, None)
                recorded = await read_recorded(connection)
            while await publication.is_waiting(connection, recorded):
                await pause()
            done, after = done + len(keys), keys[-1]
            on_progress(done, after)
    return done
