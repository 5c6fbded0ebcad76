"""Jobs that ended long ago go, and their files with them."""

from datetime import timedelta
from typing import Final

from product_platform.kit.services import Services

DONE_KEPT: Final = timedelta(days=30)
FAILED_KEPT: Final = timedelta(days=90)
_AT_ONCE: Final = 100


async def forget_old_jobs(services: Services) -> None:
    """Delete the jobs that were done, or failed, longer ago than they are kept.

    A job's own files are those that `payload` and `result` call `file`.
    """
    now, pool = services.clock.now(), services.database.pool
    old = """
        SELECT id, array_remove(ARRAY[payload ->> 'file', result ->> 'file'], NULL) AS files FROM jobs
        WHERE state = 'completed' AND finished_at < $1 OR state = 'failed' AND finished_at < $2
        ORDER BY finished_at LIMIT $3
    """
    while rows := await pool.fetch(old, now - DONE_KEPT, now - FAILED_KEPT, _AT_ONCE):
        # Files first: whoever is ended in between leaves rows, by which the rest is found again.
        for file in (file for row in rows for file in row["files"]):
            await services.storage.delete(file)
        await pool.execute("DELETE FROM jobs WHERE id = ANY($1::uuid[])", [row["id"] for row in rows])
