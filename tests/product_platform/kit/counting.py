"""A job that leaves a trace of every part that it does, also as a process of its own that hangs in one."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from redis.asyncio import Redis

from product_platform.kit.clock import FixedClock
from product_platform.kit.db import Database
from product_platform.kit.events import Events
from product_platform.kit.jobs import JobRun, Runner
from product_platform.kit.mail import make_mailer
from product_platform.kit.services import Services
from product_platform.kit.settings import PlatformSettings
from product_platform.kit.storage import FolderStorage

KIND = "test.count"


async def count_one(run: JobRun) -> None:
    """Do one part."""
    async with run.step() as step:
        part = step.cursor.get("part", 0)
        await step.connection.execute("INSERT INTO outbox (slice_key) VALUES ($1)", str(part))
        if "hang" in sys.argv and part == run.job.payload.get("hang_at"):
            sys.stdout.write("hanging\n")
            sys.stdout.flush()
            await asyncio.Event().wait()
        step.advance(part + 1, {"part": part + 1}, total=run.job.payload["parts"])
        if part + 1 == run.job.payload["parts"]:
            step.finish({"parts": part + 1})


async def count(run: JobRun) -> None:
    """Do all parts that are not done yet."""
    for _ in range(run.job.progress, run.job.payload["parts"]):
        await count_one(run)


async def read_done(database: Database) -> list[str]:
    """Return the parts that were done, in order."""
    return [row["slice_key"] for row in await database.pool.fetch("SELECT slice_key FROM outbox ORDER BY 1")]


async def main(database_url: str, redis_url: str) -> None:
    settings = PlatformSettings(database_url=database_url, redis_url=redis_url)
    database = await Database.open(database_url)
    clock = FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
    async with Redis.from_url(redis_url) as bus:
        storage = FolderStorage(Path("unused"))
        services = Services(
            database=database,
            clock=clock,
            settings=settings,
            bus=bus,
            storage=storage,
            events=Events(),
            mailer=make_mailer(settings, clock, storage),
        )
        await Runner(services, {KIND: count}).run_due()


if __name__ == "__main__":
    sys.argv.append("hang")
    asyncio.run(main(*sys.argv[1:3]))
